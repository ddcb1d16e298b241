"""Where the site may go when somebody tells it an address: the open internet, never this machine, its networks or a
cloud's metadata service. Webhooks and images that are fetched both ask here.

A name proves nothing, and neither does the way an address is written (2130706433, 0x7f.1 and 0177.0.0.1 are all
127.0.0.1): what counts is what the name resolves to. It is resolved once for each attempt, and the address that was
checked is the one that is connected to, so that a name which changes its mind in between gains nothing.
"""

import re
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

_SECONDS = 5.0  # that a name may take to resolve
_OPEN_IPV6 = ip_network("2000::/3")
# Inside 2000::/3: addresses that carry an IPv4 address within, and special ones. 64:ff9b::/96 lies outside.
_CLOSED_IPV6 = [ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
# Beside what Python calls private, which is less in some versions than in others: protocol assignments, where Oracle's
# metadata live, a relay into IPv6, and the host of Azure's virtual machines.
_CLOSED_IPV4 = [ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")]
# What `private` opens: a setting of whoever runs the site. Never link-local, where metadata services live.
_PRIVATE = [
    ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
]
# Metadata services that live among them.
_METADATA = {ip_address("100.100.100.200"), ip_address("fd00:ec2::254"), ip_address("fd20:ce::254")}


_HOST = re.compile(r"[a-z0-9_.:-]{1,253}")  # what can be in a name or an address; also in one with %XX it cannot
_EXAMPLE = "https://example.org/hook"


class BadAddress(Exception):
    """The site cannot go there; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of an address that a connection needs."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """For the Host header: without the port where that is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Checked:
    """An address that may be connected to, as `socket.connect` takes it."""

    family: int
    where: tuple[Any, ...]


def parse(url: str, *, ports: Collection[int] = ()) -> Place:
    """Take an address apart. Without `ports` it may name 80, 443, or one from 1024 on.

    Raises:
        BadAddress: it is none, names another protocol, carries a password, or a port that no web server has.
    """
    if not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress(_("Write an address without spaces, such as %(example)s.") % {"example": _EXAMPLE})
    try:
        parts = urlsplit(url)
        host, port = _ascii(parts.hostname or ""), parts.port
    except (ValueError, UnicodeError):
        raise BadAddress(_("This is no address. Write one such as %(example)s.") % {"example": _EXAMPLE}) from None
    if parts.scheme not in ("https", "http") or not host:
        raise BadAddress(_("Write an address that begins with https:// or http://."))
    if parts.username is not None or parts.password is not None:
        raise BadAddress(_("Leave name and password out of the address."))
    if not _HOST.fullmatch(host):
        raise BadAddress(_("This is no address. Write one such as %(example)s.") % {"example": _EXAMPLE})
    secure = parts.scheme == "https"
    return Place(secure, host, _port(port, secure, ports), _path(parts.path, parts.query))


def resolve(place: Place, *, private: bool = False) -> list[Checked]:
    """Look the name up and check every address that it has; one that may not be refuses all.

    Raises:
        BadAddress: there is no such name, it takes too long, or one of its addresses may not be connected to.
    """
    found = [Checked(family, where) for family, _, _, _, where in _lookup(place.host, place.port)]
    if not found:
        raise BadAddress(_("%(host)s has no address.") % {"host": place.host})
    for one in found:
        if not allowed(str(one.where[0]), private=private):
            raise BadAddress(
                _("%(host)s leads into a private network, where this site may not go.") % {"host": place.host}
            )
    return found


def allowed(text: str, *, private: bool = False) -> bool:
    """Whether this address, in whatever notation of IPv6, may be connected to."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return _is_open(address) or (private and _is_private(address))


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        special = address.is_multicast or address.is_reserved or any(address in net for net in _CLOSED_IPV4)
        return address.is_global and not special
    return address in _OPEN_IPV6 and address.is_global and not any(address in net for net in _CLOSED_IPV6)


def _is_private(address: IPv4Address | IPv6Address) -> bool:
    return address not in _METADATA and any(address in net for net in _PRIVATE)


def _ascii(host: str) -> str:
    """As name service and certificate know it: full-width digits become what they stand for, no dot at the end."""
    plain = host if host.isascii() else host.encode("idna").decode("ascii").lower()
    return plain.removesuffix(".")


def _port(port: int | None, secure: bool, chosen: Collection[int]) -> int:
    port = (443 if secure else 80) if port is None else port
    if chosen and port not in chosen:
        ports = f" {pgettext('before the last of a list', 'or')} ".join(str(one) for one in sorted(chosen))
        raise BadAddress(_("Use port %(ports)s.") % {"ports": ports})
    if chosen or port in (80, 443) or port >= 1024:  # below are mail, shells and name services, easily confused
        return port
    raise BadAddress(_("Use port 80, 443, or one from 1024 on."))


def _path(path: str, query: str) -> str:
    whole = (path or "/") + (f"?{query}" if query else "")
    if not whole.isascii():
        raise BadAddress(_("Write letters beyond ASCII in the path as %XX."))
    return whole


def _lookup(host: str, port: int) -> list[Any]:
    """`getaddrinfo` within bounds: it knows none itself, and whoever runs a name server may answer slowly."""
    answer: list[Any] = []

    def ask() -> None:
        try:
            answer.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError, ValueError) as error:
            answer.append(error)

    thread = threading.Thread(target=ask, name="lookup", daemon=True)
    thread.start()
    thread.join(_SECONDS)
    if not answer:
        raise BadAddress(_("Looking %(host)s up took too long.") % {"host": host})
    if isinstance(answer[0], Exception):
        raise BadAddress(_("There is no host %(host)s.") % {"host": host})
    found: list[Any] = answer[0]
    return found
