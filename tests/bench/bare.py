"""The yardstick: the frameworks with nothing of ours. A stock Django project and stock DRF views over users of its own.

Run as a settings module (`DJANGO_SETTINGS_MODULE=tests.bench.bare`) that is its own URL configuration.
"""

from __future__ import annotations

import os

import environ

SECRET_KEY = "bare-" + "k" * 60
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": environ.Env.db_url_config(os.environ["DATABASE_URL"])}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["CONN_MAX_AGE"] = 60
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    "rest_framework",
]  # fmt: skip
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "tests.bench.bare_urls"
PAGE = """<!doctype html><html lang="en"><head><title>{% block title %}Bare{% endblock %}</title></head>
<body><main><h1>{{ heading }}</h1>{% for row in rows %}<p>{{ row.username }} {{ row.date_joined|date }}</p>{% endfor %}
</main></body></html>"""
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [("django.template.loaders.locmem.Loader", {"page.html": PAGE})],
        },
    }
]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
