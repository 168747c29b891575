ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="infra-autopilot sink" \
      org.opencontainers.image.description="Records the notifications it receives; for the tests only." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY main.mjs /app/main.mjs
WORKDIR /app
# Numeric, so that runAsNonRoot can be checked without a user database.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/main.mjs"]
