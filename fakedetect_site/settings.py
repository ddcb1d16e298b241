"""All settings but those of the API's libraries, the bounds of what comes in, and what browsers are told.

Every value comes from the environment through `fakedetect_site.env`; docs/operate.md lists them.

The defaults are the product: one process, SQLite, a folder, no broker, nothing that leaves the machine.
"""

from pathlib import Path

import django_stubs_ext
import environ

from fakedetect_site import env, logs
from fakedetect_site.account_settings import *  # noqa: F403 (settings too)
from fakedetect_site.api_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 (settings too)
from fakedetect_site.bounds import *  # noqa: F403 (settings too)
from fakedetect_site.limit_settings import *  # noqa: F403 (settings too)
from fakedetect_site.security_settings import *  # noqa: F403 (settings too)
from fakedetect_site.security_settings import HTTPS, cookie_name
from fakedetect_site.watch_settings import *  # noqa: F403 (settings too)
from fakedetect_site.worker_settings import *  # noqa: F403 (settings too)

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("FAKEDETECT_VAR", str(BASE_DIR / "var")))  # everything that is written at run time
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret_key(VAR_DIR / "secret_key")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS")
SITE_URL = env.text("FAKEDETECT_URL", "http://127.0.0.1:8000").rstrip("/")  # for links in e-mails

INSTALLED_APPS = [
    "accounts.apps.AccountsConfig",
    "detector.apps.DetectorConfig",
    "notices.apps.NoticesConfig",
    "desk.apps.DeskConfig",
    "learning.apps.LearningConfig",
    "overview.apps.OverviewConfig",
    "privacy.apps.PrivacyConfig",
    "ml.apps.MlConfig",
    "fakedetect_site.apps.SiteConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "csp",
    "storages",
    "axes",
]

MIDDLEWARE = [
    "fakedetect_site.middleware.RequestIdMiddleware",
    "fakedetect_site.tracing.TraceMiddleware",
    "fakedetect_site.meters.MeterMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "fakedetect_site.middleware.ApiOverTlsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "fakedetect_site.deprecations.DeprecationMiddleware",
    "fakedetect_site.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "fakedetect_site.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLifeMiddleware",
    "accounts.middleware.PrivateMiddleware",
    "accounts.factor_middleware.SecondFactorMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "accounts.middleware.RateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "detector.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "fakedetect_site.urls"
WSGI_APPLICATION = "fakedetect_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fakedetect_site.context.site",
            ],
        },
    }
]

# Data base -----------------------------------------------------------------------------------------------------

DATABASES = {"default": environ.Env().db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # secure_delete: what is deleted is overwritten, so that an erased name is not left in a free page of the file.
    # IMMEDIATE: a writer waits for its turn at BEGIN; a read that becomes a write later would fail at once instead.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000; "
        "PRAGMA secure_delete=ON;",
    }
    # A file, since a data base in memory has no writers that wait: tests shall meet the real thing.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
# Kept open between requests: opening one costs as much as five queries.
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": environ.Env().cache_url("CACHE_URL", default="locmemcache://")}

# Proxies and mail ----------------------------------------------------------------------------------------------

# How many proxies in front are trusted to append to X-Forwarded-For; 0 believes nothing but the connection.
TRUSTED_PROXIES = env.number("FAKEDETECT_TRUSTED_PROXIES", 0)

EMAIL_CONFIG = environ.Env().email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "FakeDetect <fakedetect@localhost>")

# Files ---------------------------------------------------------------------------------------------------------

S3_BUCKET = env.text("AWS_STORAGE_BUCKET_NAME")
MEDIA_DIR = Path(env.text("FAKEDETECT_MEDIA", str(VAR_DIR / "media")))
_FOLDER = {
    "BACKEND": "fakedetect_site.folder_storage.FolderStorage",
    "OPTIONS": {
        "location": MEDIA_DIR,
        "base_url": None,  # never served by address: only through a view that checks who asks
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
_S3 = {
    "BACKEND": "fakedetect_site.bucket_storage.BucketStorage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env.text("AWS_S3_ENDPOINT_URL") or None,
        "region_name": env.text("AWS_S3_REGION_NAME") or None,
        "default_acl": "private",
        "querystring_auth": True,
        "file_overwrite": True,
    },
}
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": _S3 if S3_BUCKET else _FOLDER,
    "staticfiles": {"BACKEND": "fakedetect_site.static_storage.StaticStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

FILE_UPLOAD_HANDLERS = [
    "detector.upload_handler.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600

# The job -------------------------------------------------------------------------------------------------------

MODELS_DIR = Path(env.text("FAKEDETECT_MODELS", str(VAR_DIR / "models")))  # what train_model made here
TRUST_LIST_DIR = Path(env.text("FAKEDETECT_TRUST_LIST", str(VAR_DIR / "trust")))  # written by update_trust_list
BATCHES = "rung"  # "swept": by whoever walks the rounds alone, for tests
LEASE_SECONDS = env.number("FAKEDETECT_LEASE_SECONDS", 120, at_least=1)
LEDGER = env.choice("FAKEDETECT_LEDGER", "after", ("after", "inline", "off"))  # when the deep signals run
HELD_REQUESTS = env.number("FAKEDETECT_HELD_REQUESTS", 2)  # of one web process, that wait for something at a time
MAX_ATTEMPTS = env.number("FAKEDETECT_MAX_ATTEMPTS", 3, at_least=1)

# Review desk -------------------------------------------------------------------------------------------------

CLAIM_SECONDS = env.number("FAKEDETECT_CLAIM_SECONDS", 300, at_least=10)  # how long an image is one reviewer's
SAMPLE_SHARE = env.share("FAKEDETECT_SAMPLE_SHARE", 0.02)  # of all uploads, drawn for review whatever the verdict
LOW_MARGIN = env.share("FAKEDETECT_LOW_MARGIN", 0.05)  # nearer to a threshold than this is near
UNDO_SECONDS = env.number("FAKEDETECT_UNDO_SECONDS", 60)  # how long a decision can be taken back; then it is told

MAX_ATTACHMENT_BYTES = env.number("FAKEDETECT_MAX_ATTACHMENT_BYTES", 100_000_000, at_least=1)  # of an appeal
APPEALS_PER_DAY = env.number("FAKEDETECT_APPEALS_PER_DAY", 10)  # of one person

# Notices -------------------------------------------------------------------------------------------------------

NOTICES = env.choice("FAKEDETECT_NOTICES", "at_once", ("at_once", "swept"))  # when letters and webhooks go out
WEBHOOKS_PRIVATE = env.flag("FAKEDETECT_WEBHOOKS_PRIVATE", False)  # whether they may go into private networks

# Learning ------------------------------------------------------------------------------------------------------

TRAINING_DIR = Path(env.text("FAKEDETECT_TRAINING", str(VAR_DIR / "training")))  # a folder for each run
TRAINING_DATA = Path(env.text("FAKEDETECT_TRAINING_DATA", str(TRAINING_DIR / "manifest.jsonl")))  # the old data
TRAINING_CONFIG = env.text("FAKEDETECT_TRAINING_CONFIG")  # an experiment in the place of ml/configs/reviews.toml
TRAINING_ALSO = env.items("FAKEDETECT_TRAINING_ALSO")  # manifests that are never trained on, to measure false alarms

# Reports -------------------------------------------------------------------------------------------------------

REPORT_KEY = Path(env.text("FAKEDETECT_REPORT_KEY", str(VAR_DIR / "report_key.pem")))  # made at its first use
AUDIT_HEADS = Path(
    env.text("FAKEDETECT_AUDIT_HEADS", str(VAR_DIR / "audit_heads.jsonl"))
)  # the signed heads of history
AUDIT_SIGN_SECONDS = env.number("FAKEDETECT_AUDIT_SIGN_SECONDS", 3_600, at_least=1)

# Privacy ---------------------------------------------------------------------------------------------------------

RETENTION_DAYS = env.number("FAKEDETECT_RETENTION_DAYS", 0)  # of uploads for which nobody set a rule; 0: keep
RETENTION_NOTICE_DAYS = env.number("FAKEDETECT_RETENTION_NOTICE_DAYS", 7)  # between the notice and the deletion
LOG_DIR = env.text("FAKEDETECT_LOG_DIR")  # where whoever runs the site keeps its log: searched after an erasure
PROOF_MEGABYTES = env.number("FAKEDETECT_PROOF_MEGABYTES", 2_000)  # of stored files that a proof reads in full
EXPORTS_PER_DAY = env.number("FAKEDETECT_EXPORTS_PER_DAY", 5, at_least=1)  # of all of one person's data
ERASE_AT_ONCE = False  # in the request instead of after it: for tests

# Language, time, log, metrics ----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German")]
# Those that may be chosen and are not guessed from a browser: half a page is worse than English.
UNFINISHED_LANGUAGES: list[str] = []
# One catalogue beside each folder that it translates (docs/translate.md); Django finds those of the apps by itself.
LOCALE_PATHS = [BASE_DIR / "locale", *sorted((BASE_DIR / "templates").glob("*/locale"))]
FORMAT_MODULE_PATH = ["fakedetect_site.formats"]
LANGUAGE_COOKIE_NAME, ZONE_COOKIE_NAME = cookie_name("django_language"), cookie_name("time_zone")
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_I18N = USE_TZ = True
LOGGING = logs.config(env.text("LOG_LEVEL", "INFO"))
METRICS_TOKEN = env.secret("METRICS_TOKEN")  # whoever sends it may read /metrics; empty: there is no such page
