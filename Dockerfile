# The graph is built into the image, so that a container starts at once and can have a read-only file system.
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/comity && /opt/comity/bin/pip install --no-cache-dir . \
    && /opt/comity/bin/comity build --store /opt/store

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home comity
COPY --from=build /opt/comity /opt/comity
COPY --from=build --chown=comity /opt/store /opt/store
ENV COMITY_STORE=/opt/store PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER comity
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["/opt/comity/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["/opt/comity/bin/comity", "serve", "--host", "0.0.0.0", "--port", "8000"]
