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
# Pages of a list are garbage at once: a small young generation and less optimised code halve the peak (docs/benchmarks.md).
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=4", "--optimize-for-size", "/app/main.mjs"]
