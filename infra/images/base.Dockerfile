# Base of every image where no Docker daemon answers: Debian's C and C++ libraries and the Node binary that runs the build.
# Where Docker answers, BASE_IMAGE is a published Node image instead and this file is not used.
FROM scratch
LABEL org.opencontainers.image.title="infra-autopilot base" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/usr/local/bin
COPY root/ /
COPY node /usr/local/bin/node
# Fails the build, not a pod, when the binary needs a library that is not here.
RUN ["/usr/local/bin/node", "--version"]
