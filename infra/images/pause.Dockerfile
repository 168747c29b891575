# The sandbox container of every pod. tini reaps what orphaned processes leave in a shared process namespace.
FROM scratch
COPY tini-static /tini
COPY busybox /busybox
USER 65535:65535
ENTRYPOINT ["/tini", "--", "/busybox", "tail", "-f", "/dev/null"]
