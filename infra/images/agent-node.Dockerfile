ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="infra-autopilot agent on Node" \
      org.opencontainers.image.description="Watches its pod's own probes from inside and reports what it sees." \
      org.opencontainers.image.licenses="MIT"
# Stands in where the Rust host can not be built. It runs in every pod: one thread pool thread, one malloc arena, no optimising compiler, a small young generation.
ENV NODE_ENV=production UV_THREADPOOL_SIZE=1 MALLOC_ARENA_MAX=1
COPY main.mjs /app/main.mjs
WORKDIR /app
# Numeric, so that runAsNonRoot can be checked without a user database.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "--lite-mode", "--single-threaded", "--v8-pool-size=0", "--max-semi-space-size=1", "/app/main.mjs"]
