# The service in a container: everything pinned by requirements.lock, no build tools, no root.

FROM node:22-slim AS node

FROM python:3.12-slim AS builder
# npm fetches GraphiQL while the wheel is built; it stays behind in this stage.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /build
COPY requirements.lock ./
RUN pip wheel --no-cache-dir --no-deps --require-hashes --only-binary=:all: \
    --wheel-dir /wheels --requirement requirements.lock
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY src ./src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .
RUN python -m venv --without-pip /app \
    && pip --python /app/bin/python install --no-cache-dir --no-index --no-deps /wheels/*.whl

# The base brings ca-certificates and tzdata.
FROM python:3.12-slim
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin painter \
    && install --directory --owner=painter --group=painter /data
COPY --from=builder /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/var/tmp/matplotlib \
    IMG_GEN_HOST=0.0.0.0 \
    IMG_GEN_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8005
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f\"http://127.0.0.1:{os.environ.get('IMG_GEN_PORT', 8005)}/health\", timeout=4)"]
ENTRYPOINT ["image-generation"]
