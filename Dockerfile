# The service without the laptop's servers: `docker run IMAGE worker --role customers`.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /app/venv
COPY requirements.lock ./
RUN /app/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
# What compiles the hot modules stays in this stage.
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
COPY requirements-build.lock ./
RUN /app/venv/bin/pip install --no-cache-dir --require-hashes --target /app/compiler -r requirements-build.lock
COPY pyproject.toml setup.py README.md LICENSE ./
COPY schemas schemas
COPY service service
COPY agents agents
RUN PYTHONPATH=/app/compiler TIERING_COMPILED=1 /app/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 tiering
COPY --from=build /app/venv /app/venv
USER 10001
ENV PATH=/app/venv/bin:$PATH PYTHONUNBUFFERED=1 TIERING_HTTP=0.0.0.0:8080 TIERING_LOG=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/livez', timeout=2)"]
ENTRYPOINT ["tiering"]
CMD ["worker"]
