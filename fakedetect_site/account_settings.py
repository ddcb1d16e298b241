"""Settings of accounts: passwords, log-in, lock-out, second factor."""

from fakedetect_site import env

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "detector:upload"
LOGOUT_REDIRECT_URL = "detector:home"
PASSWORD_WORDS = env.items("FAKEDETECT_PASSWORD_WORDS")  # of this place: no password is made of them
SIGN_UP_OPEN = env.flag("FAKEDETECT_SIGN_UP", True)
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.place_words.PlaceWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 3
AXES_FAILURE_LIMIT = env.number("FAKEDETECT_LOGIN_ATTEMPTS", 5, at_least=1)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # an attempt during a lock-out is refused, not counted
AXES_DISABLE_ACCESS_LOG = True  # the audit has it
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.address"
AXES_USERNAME_CALLABLE = "accounts.lockout.name_tried"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]  # what was tried is kept nowhere
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# A second factor is for whoever wants one, or needed by moderators and administrators, or by everybody.
SECOND_FACTOR = env.choice("FAKEDETECT_SECOND_FACTOR", "offered", ("offered", "staff", "everyone"))
# What somebody may still open who needs one and has none yet.
WITHOUT_SECOND_FACTOR = {
    "accounts:language",
    "accounts:logout",
    "accounts:second_factor",
    "live",
    "metrics",
    "notices:unsubscribe",
    "ready",
}
