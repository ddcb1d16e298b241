"""What browsers are told, and how long who is logged in stays so. A part of settings.py, from the same environment."""

from csp.constants import NONE, SELF

from fakedetect_site import env

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE",
    "HTTPS",
    "MESSAGE_STORAGE",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_REDIRECT_EXEMPT",
    "SECURE_REFERRER_POLICY",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_AGE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_SECURE",
    "SESSION_HOURS",
    "SESSION_IDLE_HOURS",
    "X_FRAME_OPTIONS",
]

HTTPS = env.flag("FAKEDETECT_HTTPS", False)  # set behind a proxy that ends TLS


def cookie_name(name: str) -> str:
    """With this prefix browsers take a cookie from this very host alone, by TLS; without TLS they would take none."""
    return f"__Host-{name}" if HTTPS else name


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],  # blob: the preview of a file that is not yet uploaded
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
# Health and metrics are asked beside the proxy, where a redirect would look like health; the API refuses instead.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$", r"^api/v1/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_name("sessionid"), cookie_name("csrftoken")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
MESSAGE_STORAGE = "fakedetect_site.flash.Messages"
SESSION_HOURS = env.number("FAKEDETECT_SESSION_HOURS", 336, at_least=1)  # from the log-in, whatever somebody does
SESSION_IDLE_HOURS = env.number("FAKEDETECT_SESSION_IDLE_HOURS", 72)  # without a request; 0: as long as the session
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
