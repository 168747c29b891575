ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="infra-autopilot faulty-app" \
      org.opencontainers.image.description="Breaks on request; for the demonstration and the tests only." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY main.mjs /app/main.mjs
WORKDIR /app
# Numeric, so that runAsNonRoot can be checked without a user database.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/main.mjs"]
