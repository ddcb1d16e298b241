"""Which site, and who asks: by argument, FAKEDETECT_URL and FAKEDETECT_TOKEN, or the file of `fakedetect login`.

A token belongs to its site: that of the file is never sent to an address that came from elsewhere.
"""

import json
import os
import re
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import httpx

from fakedetect_client.errors import ConfigError

_HOST = re.compile(r"[^\W_][\w.:%-]*|::[\w.:%]*")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Config:
    url: str
    token: str

    def __repr__(self) -> str:
        return f"Config(url={self.url!r}, token=…)"

    @property
    def is_readable_on_the_way(self) -> bool:
        """Whether the token would travel unencrypted through a network."""
        url = httpx.URL(self.url)
        return url.scheme == "http" and url.host not in _LOCAL


def find(url: str | None = None, token: str | None = None) -> Config:
    """Put together what is given; what is missing says so in a sentence.

    Raises:
        ConfigError
    """
    url = url or os.environ.get("FAKEDETECT_URL")
    token = token or os.environ.get("FAKEDETECT_TOKEN")
    if not url or not token:
        kept = read()
        if kept and (not url or address(url) == kept.url):
            url, token = kept.url, token or kept.token
    if not url:
        raise ConfigError("No site is known. Run 'fakedetect login', or set FAKEDETECT_URL and FAKEDETECT_TOKEN.")
    if not token:
        raise ConfigError(f"No token is known for {url}. Run 'fakedetect login', or set FAKEDETECT_TOKEN.")
    return Config(address(url), clean(token))


def address(text: str) -> str:
    """The root of a site, without a slash at its end."""
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise ConfigError(f"{text!r} is no address: {error}.") from error
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.host):
        raise ConfigError(f"{text!r} is no address of a site: it begins with https:// (or http://).")
    if url.userinfo or url.query or url.fragment:
        raise ConfigError("Give the address of the site alone, without a password, '?' or '#'.")
    return str(url).rstrip("/").removesuffix("/api/v1")


def clean(token: str) -> str:
    """Raises ConfigError where it cannot stand in a header."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError("This is no token: it begins with fd_ and holds neither spaces nor line ends.")
    return token


def path() -> Path:
    """Where the file lies: as the system has it, or FAKEDETECT_CONFIG."""
    if own := os.environ.get("FAKEDETECT_CONFIG"):
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home()))) / "fakedetect" / "config.toml"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "fakedetect" / "config.toml"


def read() -> Config | None:
    """The file, or None where there is none.

    Raises:
        ConfigError: it is broken, or others may read it.
    """
    where = path()
    try:
        with where.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            kept = tomllib.load(file)
        found = Config(address(kept["url"]), clean(kept["token"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ConfigError(f"{where} cannot be used ({error}). Run 'fakedetect login' again.") from error
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"Others may read the token in {where}. Run: chmod 600 {where}")
    return found


def write(config: Config) -> Path:
    """Keep it where only this person reads; the old file stays whole until the new one is."""
    where = path()
    where.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # JSON's strings are TOML's too, as long as they are ASCII.
    text = f"url = {json.dumps(config.url)}\ntoken = {json.dumps(config.token)}\n"
    handle, temporary = tempfile.mkstemp(dir=where.parent, prefix=".config-")  # made with mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    os.replace(temporary, where)
    return where
