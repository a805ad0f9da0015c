# syntax=docker/dockerfile:1
# Stages: builder (compiles), base (what both share), development, production.
# Argon2 is built for processors with AVX2 (x86-64-v3, since about 2015), which makes a login
# three times cheaper; ARGON2_CFLAGS= builds it for any. Other architectures take their default.

ARG PYTHON_IMAGE=python:3.13-slim-bookworm

# --- builder ------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS builder
ARG TARGETARCH
ARG ARGON2_CFLAGS="-O3 -march=x86-64-v3"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements-boot.txt requirements-all.txt ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-boot.txt \
    && uv venv /opt/authwell
ENV VIRTUAL_ENV=/opt/authwell UV_PYTHON_DOWNLOADS=never
RUN if [ "${TARGETARCH:-amd64}" = amd64 ]; then export CFLAGS="$ARGON2_CFLAGS"; fi \
    && uv pip sync --no-cache --compile-bytecode --require-hashes \
        --no-binary argon2-cffi-bindings requirements-all.txt
COPY . .
RUN uv build --wheel --no-build-isolation --python /opt/authwell/bin/python --out-dir /dist \
    && uv pip install --no-cache --compile-bytecode --no-deps /dist/*.whl

# --- base ---------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS base
RUN groupadd --system --gid 10001 authwell \
    && useradd --system --uid 10001 --gid authwell --home-dir /app --shell /usr/sbin/nologin authwell \
    && install --directory --owner authwell --group authwell /app /app/instance
ENV PATH=/opt/authwell/bin:$PATH VIRTUAL_ENV=/opt/authwell PYTHONUNBUFFERED=1
COPY --from=builder /opt/authwell /opt/authwell
COPY --chmod=0755 docker/entrypoint.sh /usr/local/bin/authwell-entrypoint
WORKDIR /app
USER authwell
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', '5000')}/health\", timeout=4)"]

# --- development --------------------------------------------------------------------------
# Run it with the host's network, because a development server stays on loopback, and with the
# checkout mounted at /app: an edited file restarts the workers.
FROM base AS development
COPY --chown=authwell:authwell src /app/src
COPY --chown=authwell:authwell wsgi.py /app/
ENV ENVIRONMENT=development PYTHONPATH=/app/src
ENTRYPOINT ["authwell-entrypoint"]
CMD ["develop"]

# --- production ---------------------------------------------------------------------------
FROM base AS production
ENV ENVIRONMENT=production HOST=0.0.0.0 PORT=5000
ENTRYPOINT ["authwell-entrypoint"]
CMD ["serve"]
