# The graph is built into the image, so that a container starts at once and can have a read-only file system.
# To use another base image, such as one pinned by digest, set --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:… (and NODE_IMAGE);
# `docker buildx imagetools inspect python:3.13-slim` prints the digest.
ARG NODE_IMAGE=node:22-slim
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${NODE_IMAGE} AS node

FROM ${PYTHON_IMAGE} AS build
# npm fetches third-party browser code as pinned by the lock file; neither npm nor node is in the final image.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /src
COPY . .
# All packages are pinned by hash in the lock file; the last step only checks that they fit the ranges of the package.
RUN python -m venv /opt/comity \
    && /opt/comity/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && /opt/comity/bin/pip install --no-cache-dir --no-index --no-build-isolation ".[languages,pictures,scholars,xlsx]" \
    && /opt/comity/bin/python -m comity.server.web.assets \
    && /opt/comity/bin/comity build --store /var/lib/comity

FROM ${PYTHON_IMAGE}
# The allocator of the query workers needs libatomic; without it they use that of the C library, which is slower.
RUN apt-get update && apt-get install -y --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 comity && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent comity
COPY --from=build /opt/comity /opt/comity
COPY --from=build --chown=comity:comity /var/lib/comity /var/lib/comity
ENV COMITY_STORE=/var/lib/comity PATH=/opt/comity/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER comity
# Contains accepted changes; everything else except /tmp can be read-only.
VOLUME /var/lib/comity
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["comity", "serve", "--quiet", "--host", "0.0.0.0", "--port", "8000"]
