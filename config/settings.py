"""Django's settings, assembled from the environment (`config/env.py` documents every variable)."""

import operator
import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from config import env as environment
from config.databases import databases
from config.logs import logging_settings

ROOT = Path(__file__).parents[1]
ENV = environment.read({**environment.dotenv(ROOT / ".env"), **os.environ})

DEBUG = ENV.debug
DEMO = ENV.demo
OWN_EXCHANGE_SECONDS = 0 if DEMO else 15  # for a fee; in a demonstration people answer at once
PROFILE = ENV.profile or "cnom2016"
SETTLEMENTS = ENV.settlements
PROFILE_IS_CHOSEN = bool(ENV.profile)
# Without a key the program may still screen, judge and verify; the checks refuse to deploy it.
SECRET_KEY = ENV.secret_key or f"django-insecure-{secrets.token_urlsafe(50)}"
STATE_DIR = ENV.state_dir
LOG_DIR = ENV.log_dir
MASTER_KEY = ENV.master_key
# Who finds the key behind sealed facts; the record itself knows nothing above it.
CONTENT_KEY_OF = "consults.queries.record.key_of_subject"
SIGNER_KEY = ENV.signer_key
# On one's own machine the site answers to the names of the demonstration's four faces.
LOCAL = DEBUG or DEMO or not ENV.allowed_hosts
SECURE = not LOCAL

LOCAL_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = list(ENV.allowed_hosts) or LOCAL_HOSTS
# Exact origins, scheme and port included; empty means the request's own host.
ALLOWED_ORIGINS = list(ENV.allowed_origins)
CSRF_TRUSTED_ORIGINS = [origin for origin in ALLOWED_ORIGINS if "://" in origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "audit",
    "consults",
    "billing",
    "broker",
    "config",
]

MIDDLEWARE = [
    "config.metrics.measured",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.numbered",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.bounded",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.AccountLanguage",
    "config.middleware.Arrivals",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
if not DEMO:  # the demonstration shows two faces side by side in frames of its own
    MIDDLEWARE.append("django.middleware.clickjacking.XFrameOptionsMiddleware")
X_FRAME_OPTIONS = "DENY"

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "broker.views.chrome.alerts_waiting",
                "broker.views.chrome.file_in_use",
                "broker.views.navigating.navigation",
            ],
        },
    },
]

# The service is never the owner of its tables; `prepare` alone uses the owners' aliases.
DATABASES = databases(ENV)
DATABASE_ROUTERS = ["config.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Europe/Paris"

REDIS_URL = ENV.redis_url or "redis://127.0.0.1:6379/0"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    },
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    },
}

# --- who people are
AUTH_USER_MODEL = "audit.Account"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ANONYMOUS_USER_NAME = None  # guardian makes no account of its own
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# An address is proven by a code that is mailed to it, and no page tells whose address is known.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody else's letter box is filled from here
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SIGNUP_REDIRECT_URL = "/dossier/"
ACCOUNT_FORMS = {"signup": "config.accounts.SignUp"}
ACCOUNT_RATE_LIMITS = {
    "signup": "10/m/ip,60/d/ip",
    "reset_password": "10/m/ip,5/h/key",
    "manage_email": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENV.behind_proxy else 0
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_USER_DISPLAY = operator.attrgetter("email")
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Who vouches for a patient's identity; None where only a physician can.
IDENTITY_PROVIDER = ENV.identity_provider
MFA_ADAPTER = "config.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "config.accounts.FirstCode",
    "reauthenticate": "config.accounts.CodeAgain",
    "reauthenticate_webauthn": "config.accounts.KeyAgain",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL
MFA_TOTP_ISSUER = "teleconseil"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s: a code typed as the next begins counts (RFC 6238, 5.2)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# --- words
PUBLISHER = ENV.publisher
MEDIATOR = ENV.mediator
ISSUER = ENV.issuer(made_up=LOCAL)
# On one's own machine whoever runs the program answers for its words.
RELEASE_APPROVER = ENV.release_approver or (LOCAL and "exploitant de cette machine") or ""
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "français"), ("en", "English")]
USE_I18N = True
LOCALE_PATHS = [ROOT / "config" / "locale"]

# --- files
STATIC_URL = "/static/"
# On one’s own machine files are served from where they lie; elsewhere they are collected.
STATIC_ROOT = None if LOCAL else (STATE_DIR or ROOT / "build") / "static"
WHITENOISE_USE_FINDERS = LOCAL  # nothing has to be collected on one's own machine
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- payments: two parties, one address, opaque to each other
STRIPE_API_BASE = ENV.stripe_api_base
STRIPE_PLATFORM_KEY = ENV.stripe_platform_key
STRIPE_WEBHOOK_SECRET_PLATFORM = ENV.stripe_webhook_secret_platform
STRIPE_WEBHOOK_SECRET_ACCOUNTS = ENV.stripe_webhook_secret_accounts
_stripe_port = urlsplit(STRIPE_API_BASE).port
CHECKOUT_ORIGINS = (
    [STRIPE_API_BASE, f"http://paiement.localhost:{_stripe_port}"]
    if ENV.sandbox
    else ["https://checkout.stripe.com"]
)

# --- what a browser may do with our pages
_faces = ["http://localhost:*", "http://*.localhost:*", "http://127.0.0.1:*"] if DEMO else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        # A form that leads to a payment page is redirected there: the target counts as well.
        "form-action": ["'self'", *CHECKOUT_ORIGINS],
        "frame-src": _faces or ["'none'"],
        "frame-ancestors": ["'self'", *_faces] if DEMO else ["'none'"],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^sante/$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.behind_proxy else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_AGE = 12 * 3600
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
CSRF_FAILURE_VIEW = "config.errors.csrf_failed"
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- mail: without a server, mails are files that only the operator reads
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from
EMAIL_HOST = ENV.email_host
EMAIL_PORT = ENV.email_port
EMAIL_HOST_USER = ENV.email_user
EMAIL_HOST_PASSWORD = ENV.email_password
EMAIL_USE_TLS = ENV.email_port == 587
EMAIL_USE_SSL = ENV.email_port == 465
EMAIL_TIMEOUT = 10
ALERT_MINUTES = {
    "emergency": ENV.alert_minutes_emergency,
    "suicidal": ENV.alert_minutes_suicidal,
    "abusive": ENV.alert_minutes_held,
}
ALERT_MAIL_TO = ENV.alert_mail_to
HELD_FOR = timedelta(hours=ENV.held_hours)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = (STATE_DIR or ROOT / "build") / "mail"

# --- secure health mail: the only mail that carries a report
SECURE_MAIL_HOST = ENV.secure_mail_host
SECURE_MAIL_PORT = ENV.secure_mail_port
SECURE_MAIL_USER = ENV.secure_mail_user
SECURE_MAIL_PASSWORD = ENV.secure_mail_password
SECURE_MAIL_FROM = ENV.secure_mail_from
SECURE_MAIL_CLIENT_CERT = ENV.secure_mail_client_cert
SECURE_MAIL_AUTHORITY = ENV.secure_mail_authority
SECURE_MAIL_DOMAINS = ENV.secure_mail_domains

LOGGING_CONFIG = "config.logs.start_logging"
LOGGING = logging_settings(level=ENV.log_level)
