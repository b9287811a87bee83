"""Settings: the environment is read here, once, typed, through django-environ (see .env.example)."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- what the environment says -------------------------------------------------------------
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECURE = env.bool("SECURE", default=not (DEMO or DEBUG))
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=not DEMO)
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=15)
PORTAL_IDLE_MINUTES = env.int("PORTAL_IDLE_MINUTES", default=15)
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
HORIZON_WEEKS = env.int("HORIZON_WEEKS", default=8)
SEAT_OFFER_HOURS = env.int("SEAT_OFFER_HOURS", default=24)
INSTRUMENTS_OFF = env.list("INSTRUMENTS_OFF", default=[])
PLAN_SECONDS = min(env.int("PLAN_SECONDS", default=30), 180)  # inside a task's time limit
UPLOAD_MEGABYTES = env.int("UPLOAD_MEGABYTES", default=10)
BASE_URL = env.str("BASE_URL", default="http://localhost:8000")
MAILBOX_DIR = Path(env.str("MAILBOX_DIR", default=str(BASE_DIR / "var" / "mail")))
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Marlow Street <desk@marlow.example>")
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# --- the house -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "iop_clinic.apps.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "pgtrigger",
    "iop_clinic.apps.GroundConfig",
    "iop_clinic.audit.apps.AuditConfig",
    "iop_clinic.accounts.apps.AccountsConfig",
    "iop_clinic.messages.apps.MessagesConfig",
    "patients.apps.PatientsConfig",
    "scheduling.apps.SchedulingConfig",
    "sessions.apps.ClinicSessionsConfig",
    "billing.apps.BillingConfig",
]
# Asked floors below, where weeks are planned.
PAYER_DAY_MINUTES = "billing.payer_days.day_minutes_of"
CREDITED_MINUTES = "sessions.credited.credited_minutes_of"
# And where someone's own record is put together.
RECORD_TABLES_ABOVE = ["billing.record.billing_tables"]

MIDDLEWARE = [  # headers outermost: refusals, error pages and static files carry them too
    "iop_clinic.safety.ResponseHeaders",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "iop_clinic.safety.RequestLimits",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "iop_clinic.audit.trail.AuditContext",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "iop_clinic.accounts.sites.ClinicHours",
    "iop_clinic.accounts.idle.IdleLogoff",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "iop_clinic.accounts.second_factor.SecondFactorRequired",
    "iop_clinic.access.PolicyRequired",
]

ROOT_URLCONF = "iop_clinic.urls"
WSGI_APPLICATION = "iop_clinic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "iop_clinic.navigation.navigation",
            ],
        },
    }
]

# --- PostgreSQL: the only database ---------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "iop_clinic.postgres",
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"].setdefault("OPTIONS", {})
# A clinic's database fits in memory or on flash: the planner may go by index for one site of a chain, and
# compiling a statement takes longer than any of ours runs.
DATABASES["default"]["OPTIONS"]["options"] = (
    "-c lock_timeout=3s -c statement_timeout=15s -c idle_in_transaction_session_timeout=60s"
    " -c random_page_cost=1.1 -c jit=off"
)
DATABASES["default"]["OPTIONS"]["connect_timeout"] = 5
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {  # holds the counters of the lockout: room enough that nobody can push them out
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "iop_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = SESSION_HOURS * 3600

# --- Celery: rows are the truth, tasks carry ids (security notes in the README) --------------
CELERY_BROKER_URL = env.str("REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_timeout": 30,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 2,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.4,
}

# --- e-mail --------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default="smtp://127.0.0.1:1025"))
EMAIL_TIMEOUT = 15
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- sign-in: e-mail and password, one-time code, TOTP, passkeys (django-allauth) --------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "iop_clinic.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "iop_clinic.accounts.forms.SignInForm",
    "request_login_code": "iop_clinic.accounts.forms.CodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,20/m/ip", "login": "60/m/ip"}
# What anyone may ask for who holds an address, in the same counters: requests by who asks, reads by calendar.
RATE_LIMITS = {"calendar_address": "120/m/ip", "calendar_feed": "60/h/key"}
MFA_ADAPTER = "iop_clinic.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Clinic"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO or DEBUG
USERSESSIONS_TRACK_ACTIVITY = False
# "Ana is in." names someone: it waits in the session, not in a cookie that outlives it.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- the browser ---------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "iop_clinic.safety.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if SECURE:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
UPLOAD_BYTES = {  # pages that take files, and how much with their form around them
    r"/import/": 10_500_000,
    r"/patients/\d+/files/": UPLOAD_MEGABYTES * 1_000_000 + 500_000,
}

# --- words, clocks, static files -----------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Files of charts: never inside what a web server serves, and MEDIA_URL stays empty.
MEDIA_ROOT = Path(env.str("UPLOADS_DIR", default=str(BASE_DIR / "var" / "uploads")))

# --- logs: where it broke, never whom it was about ---------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "iop_clinic.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        "django.db.backends": {"level": "WARNING"},
    },
}
