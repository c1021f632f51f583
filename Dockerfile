# One image for the web, the workers, beat and the migration step. Runs as nobody in particular, writes nowhere but /tmp.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/pdf.txt requirements/pdf.txt
RUN /venv/bin/pip install --require-hashes -r requirements/pdf.txt

# The proxy as nobody in particular: high ports need no capability, so the binary's own is taken off it, and what it
# keeps (certificates) lies in a folder that is its own; a new named volume takes the folder's owner over.
FROM caddy:2.8-alpine AS proxy
RUN setcap -r /usr/bin/caddy && mkdir -p /state/data /state/config && chown -R 10002:10002 /state
ENV XDG_DATA_HOME=/state/data XDG_CONFIG_HOME=/state/config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10002:10002
EXPOSE 8080 8443

FROM python:3.11-slim-bookworm AS app
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ownwords \
 && install --directory --owner=10001 --mode=0700 /replay /anchors
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py pyproject.toml LICENSE ./
COPY backend backend
COPY network network
COPY payments payments
COPY templates templates
COPY deploy/healthy.py deploy/healthy.py
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    DJANGO_SETTINGS_MODULE=backend.config.settings STATIC_DIR=/app/static
# Static files are made here, with settings that exist for this one command only; no secret is in the image.
RUN SECRET_KEY=only-for-collectstatic-only-for-collectstatic-only-for-it \
    VAULT_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    DATABASE_URL=sqlite:////tmp/build.sqlite3 BASE_URL=https://build.invalid EMAIL_URL=memory:// \
    ANCHOR_PATH=/tmp/anchors.jsonl \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "backend.config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-class", "sync", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--max-requests", "10000", "--max-requests-jitter", "1000", "--log-level", "warning"]
