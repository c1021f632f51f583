"""Settings. Everything that differs between machines comes from the environment (see env.py for each name)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import environ

from backend.config import env as environment
from backend.kernel.crypto import Keyring

ROOT = Path(__file__).resolve().parents[2]
env = environment.load()

MODE = env.choice("OWN_WORDS_MODE", ("production", "demo", "test"), "production")
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
VAULT_KEYS = env.text("VAULT_KEYS")
Keyring.parse(VAULT_KEYS)
BASE_URL = env.url("BASE_URL", ("http", "https")).rstrip("/")
REDIS_URL = env.url("REDIS_URL", ("redis", "rediss", "unix"), "")
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "")
STRIPE_API_BASE = env.url("STRIPE_API_BASE", ("http", "https"), "")
STRIPE_WEBHOOK_SECRETS = dict(
    pair.split(":", 1) for pair in env.text("STRIPE_WEBHOOK_SECRETS", "").split(",") if ":" in pair
)
CONSENT_POLICY_FILE = env.text("CONSENT_POLICY_FILE", "")
# No default in production: an anchor that nobody keeps finds nothing.
ANCHOR_PATH = env.path("ANCHOR_PATH", "" if MODE == "test" else None)
API_PER_MINUTE = env.number("API_PER_MINUTE", 600)

# In whose name invoices go out. Production has no default: until it is said, no invoice is issued.
_made_up = MODE != "production"
ISSUER_NAME = env.text("ISSUER_NAME", "The Messages Network" if _made_up else "")
ISSUER_ADDRESS = [
    line.strip()
    for line in env.text("ISSUER_ADDRESS", "1 Example Street|Exampleton|EX1 1EX" if _made_up else "").split("|")
    if line.strip()
]
ISSUER_ACCOUNT = env.bank_account("ISSUER_ACCOUNT", "00-00-00|00000000" if _made_up else "")
BACS_SERVICE_USER = env.digits("BACS_SERVICE_USER", 6, "000000" if _made_up else "")

PARLIAMENT_API_BASE = env.url("PARLIAMENT_API_BASE", ("http", "https"), "")

# Where "Leave this site" goes: somewhere anybody might be. A plain link; nothing is fetched from it.
QUICK_EXIT_URL = env.url("QUICK_EXIT_URL", ("https",), "https://www.bbc.co.uk/weather")

_https = BASE_URL.startswith("https://")
ALLOWED_HOSTS = [
    urlsplit(BASE_URL).hostname or "",
    *(["testserver", "127.0.0.1", "localhost"] if MODE != "production" else []),
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.idp.oidc",
    "backend.config.apps.BackendConfig",
    "network",
    "payments",
]
MIDDLEWARE = [
    "backend.web.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backend.web.middleware.Headers",
    "backend.web.middleware.ClosedDoor",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backend.accounts.middleware.ActorMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "backend.config.urls"
WSGI_APPLICATION = "backend.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backend.web.context.page",
            ],
            "builtins": ["backend.web.templatetags.components"],
        },
    }
]
FORM_RENDERER = "backend.web.forms.Renderer"

DATABASES = {"default": env.database(), "keys": env.keys_database()}
REPLAY_LIST = env.replay_file(ROOT)
DATABASE_ROUTERS = ["backend.config.databases.KeysApart"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in. allauth serves TOTP and passkeys for staff and the OAuth token endpoint; sign-in codes are our own (ADR 4).
AUTH_USER_MODEL = "backend.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "/sign-in/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "email_index"  # allauth wants one; its own sign-in pages are not mounted
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Messages"
MFA_ADAPTER = "backend.accounts.mfa.MFAAdapter"
PASSWORD_HASHERS = ["backend.accounts.hashers.RandomSecretHasher"]  # secrets of API clients; there are no passwords
IDP_OIDC_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "backend.web.errors.csrf_failure"
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
X_FRAME_OPTIONS = "DENY"
_self = ["'self'"]
_stripe = urlsplit(STRIPE_API_BASE)
_STRIPE_PAGES = [
    "https://checkout.stripe.com",
    "https://connect.stripe.com",
    *([f"{_stripe.scheme}://{_stripe.netloc}"] if STRIPE_API_BASE else []),
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": _self,
        "style-src": _self,
        "img-src": [*_self, "data:"],
        "font-src": _self,
        "connect-src": _self,
        # A form's answer may redirect: to the pages of the payment provider (or its stand-in), and away from here when
        # somebody leaves without a script.
        "form-action": [*_self, *_STRIPE_PAGES, f"https://{urlsplit(QUICK_EXIT_URL).netloc}"],
        "manifest-src": _self,
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_DIR", str(ROOT / "var" / "static")))
STATICFILES_DIRS = [ROOT / "backend" / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE == "test"  # nothing is collected for tests
MEDIA_ROOT = ROOT / "var" / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

EMAIL_URL = env.url("EMAIL_URL", ("smtp", "smtps", "smtp+tls", "smtp+ssl", "file", "memory"))
if EMAIL_URL.startswith("file:"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = urlsplit(EMAIL_URL).path
elif EMAIL_URL.startswith("memory:"):
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
else:
    vars().update(environ.Env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 10
# A neutral sender: the domain of the site, no name of the network or its cause (promise 10).
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"Messages <messages@{urlsplit(BASE_URL).hostname}>"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backend.accounts.api.ProgramAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["backend.accounts.api.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "backend.web.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Own Words API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],  # network.api.openapi finishes the document itself
}

LOGGING_CONFIG = "backend.config.logs.configure"
LOGGING: dict[str, object] = {"version": 1}  # not empty, or Django skips LOGGING_CONFIG
SILENCED_SYSTEM_CHECKS: list[str] = []
