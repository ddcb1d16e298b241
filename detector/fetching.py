"""An image by its address: fetched once, from the open internet alone, within bounds of time and size.

The name is resolved once for each hop and the checked address is connected to; every redirect is an address like the
first. What comes back is bytes, judged as those of any upload: nothing that the other server says of them is believed.
"""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings

from detector import names, patience
from detector.errors import Refused, refused
from detector.limits import limits
from fakedetect_site import addresses, outward
from fakedetect_site.addresses import BadAddress, Place
from fakedetect_site.outward import HEADERS, Bounds, TooMuch
from ml.serve import too_large

REDIRECTS = 5
LONGEST = 2_000  # address
_HOPS = (301, 302, 303, 307, 308)
_CHUNK = 1 << 16
_ASKED = {"Accept": "image/*,*/*;q=0.5", "Accept-Encoding": "identity"}  # a bomb that is not unpacked does not burst


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes, and the name that the last address gives them."""

    name: str
    data: bytes


def fetch(url: str) -> Fetched:
    """Get the image at this address. It takes its time: call it outside any transaction.

    Raises:
        Refused: image_urls_off, bad_address, busy, fetch_failed, too_many_redirects, file_too_large.
    """
    if not settings.IMAGE_URLS:
        raise Refused("image_urls_off", "This site fetches no images by their address. Send the file.")
    with patience.seat() as granted:
        if not granted:
            raise Refused("busy", "So many requests wait for something that this one cannot.", retry_after=2)
        return _followed(url, Bounds.within(settings.IMAGE_URL_SECONDS, HEADERS + settings.MAX_UPLOAD_BYTES))


def _followed(url: str, bounds: Bounds) -> Fetched:
    for _ in range(REDIRECTS + 1):
        answer = _one(url, bounds)
        if isinstance(answer, Fetched):
            return answer
        url = _next(url, answer)
    raise Refused("too_many_redirects", f"This address leads on more than {REDIRECTS} times.")


def _one(url: str, bounds: Bounds) -> Fetched | str:
    """The image, or where it is said to be."""
    place = _place(url)
    try:
        checked = addresses.resolve(place, private=settings.IMAGE_URLS_PRIVATE)
        with outward.exchange("GET", place, checked, bounds, _ASKED) as answer:
            return _read(answer, url)
    except BadAddress as error:
        raise Refused("bad_address", str(error)) from None
    except TooMuch:
        raise refused(too_large(limits())) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Refused("fetch_failed", _words(error)) from None


def _words(error: Exception) -> str:
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return "What answered does not speak HTTP."
    return outward.words(error, settings.IMAGE_URL_SECONDS)


def _read(answer: http.client.HTTPResponse, url: str) -> Fetched | str:
    if answer.status in _HOPS:
        return answer.headers.get("Location", "")
    if answer.status != 200:
        raise Refused("fetch_failed", f"The server of this address answered {answer.status}.")
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Refused("fetch_failed", "The server sends it packed, which was not asked for.")
    if (answer.length or 0) > settings.MAX_UPLOAD_BYTES:
        raise refused(too_large(limits()))
    return Fetched(_name(url), b"".join(_pieces(answer)))


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    count = 0
    while piece := answer.read1(_CHUNK):
        count += len(piece)
        if count > settings.MAX_UPLOAD_BYTES:
            raise refused(too_large(limits()))
        yield piece
    if answer.length:
        raise Refused("fetch_failed", "The server hung up in the middle of the image.")


def _next(url: str, location: str) -> str:
    """Where a redirect leads; never from a safe connection to an open one."""
    try:
        found = urljoin(url, location.strip())
    except ValueError:
        found = ""
    if not found or found == url:
        raise Refused("fetch_failed", "This address leads on to nowhere.")
    if urlsplit(url).scheme.lower() == "https" and not found.lower().startswith("https:"):
        raise Refused("bad_address", "This address leads from a safe connection to an open one.")
    return found


def _place(url: str) -> Place:
    if len(url) > LONGEST:
        raise Refused("bad_address", "This address is too long.")
    try:
        return addresses.parse(url, ports=settings.IMAGE_URL_PORTS)
    except BadAddress as error:
        raise Refused("bad_address", str(error)) from None


def _name(url: str) -> str:
    """The end of the path, where that is a name."""
    try:
        return names.checked(unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or "image")
    except Refused:
        return "image"
