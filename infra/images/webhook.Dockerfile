ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="infra-autopilot webhook" \
      org.opencontainers.image.description="Injects the agent into the pods of opted-in namespaces." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY main.mjs /app/main.mjs
WORKDIR /app
# Numeric, so that runAsNonRoot can be checked without a user database.
USER 65532:65532
# Reviews are short-lived garbage. A smaller young generation is collected so often that it shows in the slowest answers.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=16", "/app/main.mjs"]
