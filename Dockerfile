# syntax=docker/dockerfile:1
# One image for both services: the API by default, a worker with the command `workbench worker`.

FROM python:3.11-slim AS build
WORKDIR /source
COPY pyproject.toml README.md ./
COPY workbench workbench
COPY workers workers
COPY api api
# All dependencies come as wheels: nothing is compiled, and pip itself stays behind in this stage.
RUN --mount=type=cache,target=/var/cache/pip \
    python -m venv --without-pip /opt/workbench \
    && PIP_CACHE_DIR=/var/cache/pip python -m pip --python /opt/workbench/bin/python install --only-binary=:all: .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin workbench \
    && install --directory --owner=workbench --mode=700 /data
COPY --from=build /opt/workbench /opt/workbench
ENV PATH=/opt/workbench/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    WORKBENCH_DATA_DIR=/data \
    WORKBENCH_HOST=0.0.0.0 \
    WORKBENCH_LOG_FORMAT=json
USER 10001
WORKDIR /data
EXPOSE 8321
STOPSIGNAL SIGTERM
CMD ["workbench", "api", "--trust-proxy"]
