# One image for ingest, metrics and alerts; the command decides which one runs.
#     docker build -t clusterwatch:0.1.0 .
#     docker run --rm clusterwatch:0.1.0 --help
# Python packages are those of requirements/runtime.lock, by hash; name a digest in PYTHON_IMAGE to fix
# the rest as well.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements/runtime.lock /tmp/runtime.lock
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/runtime.lock \
 && /opt/venv/bin/pip uninstall --yes pip setuptools

FROM ${PYTHON_IMAGE}
# Chinese type for the charts in papers, and the client programs of backups.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-noto-cjk postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 clusterwatch \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp clusterwatch \
 && install -d -o 10001 -g 10001 /var/lib/clusterwatch
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/clusterwatch
COPY deploy/ deploy/
COPY shared/ shared/
COPY services/ services/
COPY demo/ demo/
COPY clusterwatch/ clusterwatch/
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/clusterwatch \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    CLUSTERWATCH_DATA_DIR=/var/lib/clusterwatch \
    CLUSTERWATCH_LOG_FORMAT=json
USER 10001:10001
VOLUME /var/lib/clusterwatch
EXPOSE 8101 8102 8103
# Whichever of the three it is: the port that answers is its own. Kubernetes has probes of its own.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python", "-m", "clusterwatch.healthcheck"]
ENTRYPOINT ["python", "-m", "clusterwatch"]
CMD ["--help"]
