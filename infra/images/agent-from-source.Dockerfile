# As agent.Dockerfile, from the crate's sources and the script beside them. Needs a registry for Rust's image and crates.
FROM rust:1.95-slim-bookworm AS build
COPY . /crate
WORKDIR /crate
ENV AGENT_SCRIPT=/crate/agent.js
RUN cargo build --release --locked --bin agent && ./target/release/agent --build
FROM scratch
LABEL org.opencontainers.image.title="infra-autopilot agent" \
      org.opencontainers.image.description="Watches its pod's own probes from inside and reports what it sees." \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /crate/target/release/agent /agent
# Numeric, so that runAsNonRoot can be checked without a user database.
USER 65532:65532
ENTRYPOINT ["/agent"]
