ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="infra-autopilot controller" \
      org.opencontainers.image.description="Detects failing pods, heals them within limits, verifies and reports." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY main.mjs /app/main.mjs
WORKDIR /app
# Numeric, so that runAsNonRoot can be checked without a user database.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/main.mjs"]
