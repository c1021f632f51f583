# One image for the web, the workers, beat and the migration step. Runs as nobody in particular, writes nowhere but /tmp.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/pdf.txt requirements/pdf.txt
RUN /venv/bin/pip install --require-hashes -r requirements/pdf.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ownwords
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
    python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "backend.config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-class", "sync", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--max-requests", "10000", "--max-requests-jitter", "1000", "--log-level", "warning"]
