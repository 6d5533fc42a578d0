# The service without the laptop's servers: `docker run IMAGE worker --role customers`.
# Base images are pinned by version. Who builds for production pins them by digest too, as his registry tells it.
ARG PYTHON=3.11.14-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /app
# What compiles the hot modules stays in this stage. Debian keeps one version of a package: there is none to pin.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN python -m venv /app/venv
COPY requirements.lock ./
RUN /app/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY requirements-build.lock ./
RUN /app/venv/bin/pip install --no-cache-dir --require-hashes --target /app/compiler -r requirements-build.lock
COPY pyproject.toml setup.py README.md LICENSE ./
COPY schemas schemas
COPY service service
COPY agents agents
RUN PYTHONPATH=/app/compiler TIERING_COMPILED=1 /app/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:${PYTHON}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="customer-tiering" \
      org.opencontainers.image.description="Every customer's tier, segment, stage and churn risk, kept exact from Kafka events" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 tiering && \
    useradd --system --uid 10001 --gid tiering --no-create-home --shell /usr/sbin/nologin tiering
COPY --from=build /app/venv /app/venv
COPY service/policies /app/policies
WORKDIR /app
USER 10001:10001
# Nothing is written but to stdout and stderr: run it with a read-only root.
ENV PATH=/app/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TIERING_HTTP=0.0.0.0:8080 \
    TIERING_QUERY=0.0.0.0:8090 TIERING_LOG=json
# Probes and metrics: one role, or the query, has the first; all three in one have one each. Customers are looked up at the last.
EXPOSE 8080 8081 8082 8090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-m", "service.web.health", "livez"]
ENTRYPOINT ["tiering"]
CMD ["worker"]
