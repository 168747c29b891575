# Measured beside the agent, never installed.
FROM scratch
LABEL org.opencontainers.image.title="infra-autopilot agent, reference" \
      org.opencontainers.image.description="Does what the agent does each second by Go's standard library, to be measured against." \
      org.opencontainers.image.licenses="MIT"
COPY agent-reference /agent
USER 65532:65532
ENTRYPOINT ["/agent"]
