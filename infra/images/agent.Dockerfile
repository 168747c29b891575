# The program is static and was built before (infra/rust/agent-program.ts); where there is no Rust but a Docker daemon,
# agent-from-source.Dockerfile builds it. Nothing is written anywhere, and any user may run it.
FROM scratch
LABEL org.opencontainers.image.title="infra-autopilot agent" \
      org.opencontainers.image.description="Watches its pod's own probes from inside and reports what it sees." \
      org.opencontainers.image.licenses="MIT"
COPY agent /agent
# Numeric, so that runAsNonRoot can be checked without a user database.
USER 65532:65532
ENTRYPOINT ["/agent"]
