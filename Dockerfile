# The image of the service: Python, the locked packages, the code, and an unprivileged user. It holds no secret
# and no default for one; what production needs comes from the environment (`flask settings` lists it).
#
#   docker build --tag colophon .
#   docker run --rm --env-file production.env --volume colophon:/data colophon flask db upgrade
#   docker run --rm --env-file production.env --volume colophon:/data colophon flask keys create    # once
#   docker run --detach --env-file production.env --volume colophon:/data --publish 8000:8000 colophon
#
# Migrations are a command of their own and never part of starting: of several replicas that start together
# each would migrate, and a replica that merely restarts must not change the database.
#
# deploy/run_dockerfile.py runs these very steps where there is no container engine.

FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements-installer.txt requirements.txt ./
# The environment has no installer of its own: nothing is ever installed into a running container. Locks are complete,
# so nothing is resolved, whichever pip the base image has.
RUN python -m venv /opt/installer \
 && /opt/installer/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
    --requirement requirements-installer.txt \
 && python -m venv --without-pip /opt/venv \
 && /opt/installer/bin/uv pip install --python /opt/venv/bin/python --no-cache --no-deps --require-hashes \
    --only-binary :all: --compile-bytecode --requirement requirements.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FLASK_APP=wsgi \
    FLASK_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    VAR_DIR=/data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY alembic/ alembic/
COPY openapi/ openapi/
COPY service/ service/
COPY LICENSE celery_app.py gunicorn.conf.py pyproject.toml wsgi.py ./
RUN python -m compileall -q service alembic celery_app.py wsgi.py \
 && install -d -o 10001 -g 10001 -m 0700 /data
# A number, so that an orchestrator can see that it is not root. It owns /data and nothing else.
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/health/ready'); sys.exit(c.getresponse().status != 200)"]
CMD ["gunicorn"]
