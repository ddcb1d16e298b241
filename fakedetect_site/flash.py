"""Messages that are shown once, in a cookie that is named as the others are."""

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage

from fakedetect_site.security_settings import cookie_name


class Cookie(CookieStorage):
    cookie_name = cookie_name("messages")


class Messages(FallbackStorage):
    """In the cookie as far as they fit, as Django does."""

    storage_classes = (Cookie, SessionStorage)
