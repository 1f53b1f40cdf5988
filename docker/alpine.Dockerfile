# NOT RUN by the tests of this project: no Alpine image was at hand, and musl has not been tried.
#
# There is no single executable for musl, so the programs run on the image's own Node 26:
#
#   docker build -f docker/alpine.Dockerfile -t spaced-alpine .
ARG NODE=node:26-bookworm-slim
ARG ALPINE=node:26-alpine

# On glibc, as the runtime that npm installs for the build is made for it; what it builds is JavaScript.
FROM ${NODE} AS build
WORKDIR /spaced
COPY . .
RUN npm ci && npm run build

FROM ${ALPINE}
COPY --from=build /spaced/bin /opt/spaced/bin
COPY --from=build /spaced/dist /opt/spaced/dist
# The launchers look for the runtime there.
RUN mkdir -p /opt/spaced/node_modules/.bin && ln -s "$(command -v node)" /opt/spaced/node_modules/.bin/node && \
    for name in spaced spacectl; do ln -s "/opt/spaced/bin/$name" "/usr/local/bin/$name"; done && \
    for name in supervisord supervisorctl echo_supervisord_conf pidproxy; do \
      ln -s /opt/spaced/bin/spaced "/usr/local/bin/$name"; \
    done
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["spacectl", "health"]
ENTRYPOINT ["spaced", "-n"]
