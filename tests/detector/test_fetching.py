"""An image by its address: real servers on loopback, a name service that can be steered, and everything hostile."""

import gzip
import json
import socket
import ssl
import threading
import time

import pytest

from detector import fetching, patience
from detector.errors import Refused
from detector.models import Upload
from fakedetect_site import addresses
from tests import hostile
from tests.detector.test_api_uploads import URL, bearer, error
from tests.factories import image_bytes
from tests.notices import receiver as programs
from tests.notices.receiver import Receiver
from tests.notices.test_addresses import Names

pytestmark = pytest.mark.django_db(transaction=True)
JPEG = image_bytes()


def sent(data: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(data) if length is None else length}", *headers, "", ""]
    return "\r\n".join(head).encode() + data


def leads_to(location: str, status: str = "302 Found") -> bytes:
    return sent(b"", status, f"Location: {location}")


@pytest.fixture
def names(monkeypatch):
    def act(*answers):
        service = Names(*answers)
        monkeypatch.setattr(addresses.socket, "getaddrinfo", service.getaddrinfo)
        return service

    return act


@pytest.fixture
def server(settings):
    """On loopback; only `inside` lets the site go there."""
    settings.IMAGE_URLS = True
    with Receiver(answers=[sent(JPEG)]) as program:
        settings.IMAGE_URL_PORTS = frozenset({80, 443, program.port})
        yield program


@pytest.fixture
def inside(server, settings):
    settings.IMAGE_URLS_PRIVATE = True
    settings.IMAGE_URL_SECONDS = 1
    return server


def at(server, path="/photo.jpg", host="127.0.0.1") -> str:
    return f"http://{host}:{server.port}{path}"


def refusal(url: str) -> Refused:
    with pytest.raises(Refused) as found:
        fetching.fetch(url)
    return found.value


def post(client, url, **told):
    return client.post(URL, json.dumps({"image_url": url, **told}), "application/json")


def test_it_is_off_by_default(scorer, owner):
    error(post(bearer(owner), "https://example.org/a.jpg"), 403, "image_urls_off")


def test_an_image_is_fetched_and_scored_like_any_other(scorer, owner, inside):
    response = post(
        bearer(owner), at(inside, "/pictures/Sea%20at%20night.jpg?size=full"), external_id="cms-9", tags=["a"]
    )
    body = response.json()
    assert (response.status_code, body["status"], body["external_id"]) == (201, "done", "cms-9")
    assert (body["file"]["name"], body["file"]["bytes"]) == ("Sea at night.jpg", len(JPEG))
    [asked] = inside.taken
    assert asked.head == "GET /pictures/Sea%20at%20night.jpg?size=full HTTP/1.1"
    assert not {"cookie", "authorization", "referer"} & set(asked.headers)
    assert asked.headers["accept-encoding"] == "identity"


def test_what_the_other_server_says_of_the_bytes_is_not_believed(scorer, owner, inside):
    inside.answers = [sent(b"<html>an image, honestly</html>", "200 OK", "Content-Type: image/jpeg")]
    error(post(bearer(owner), at(inside)), 415, "not_an_image")
    inside.answers = [
        sent(JPEG, "200 OK", "Content-Type: text/html", 'Content-Disposition: attachment; filename="../x"')
    ]
    assert post(bearer(owner), at(inside)).status_code == 201


def test_a_key_fetches_once(scorer, owner, inside):
    client = bearer(owner)

    def act():
        body = json.dumps({"image_url": at(inside)})
        return client.post(URL, body, "application/json", headers={"Idempotency-Key": "k"}).json()["id"]

    assert act() == act()
    assert (len(inside.taken), Upload.objects.count()) == (1, 1)


@pytest.mark.parametrize("body", [{}, {"image_url": ""}, {"image_url": []}, {"image_url": "x" * 2001}, []])
def test_a_body_without_an_address_is_400(scorer, owner, inside, body):
    error(bearer(owner).post(URL, json.dumps(body), "application/json"), 400, "invalid")


def test_hostile_addresses_are_refused_and_nobody_is_called(server):
    for host in hostile.HOSTS:
        assert refusal(f"http://{host}:{server.port}/secret").code == "bad_address", host
    for url in hostile.ALL:
        assert refusal(url).code == "bad_address", url
    assert server.connections == 0


def test_a_redirect_to_a_hostile_address_is_refused(server, monkeypatch):
    """The first name is let through to our own server, by the steered name service and the check of that address."""
    looked_up = addresses.socket.getaddrinfo
    steered = Names(["93.184.216.34"])

    def lookup(name, port, **options):
        known = name == "innocent.example"
        return steered.getaddrinfo(name, port) if known else looked_up(name, port, **options)

    monkeypatch.setattr(addresses.socket, "getaddrinfo", lookup)
    monkeypatch.setattr(fetching.outward, "_connect", lambda one, bounds: _to(server, one))
    for count, host in enumerate(hostile.HOSTS, 1):
        server.answers = [leads_to(f"http://{host}:{server.port}/secret")]
        # A header is Latin-1: what else stands there becomes an address of nothing.
        assert refusal(at(server, host="innocent.example")).code in ("bad_address", "fetch_failed"), host
        assert server.connections == count, host


def _to(server, one):
    """As if our server had this public address; any other may not be called at all."""
    assert one.where[0] == "93.184.216.34"
    raw = socket.socket()
    raw.connect(("127.0.0.1", server.port))
    return raw


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd", "ftp://example.org/", "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1/",
        "//127.0.0.1/",
        "http://user:secret@example.org/", "http://example.org:22/", "http://example.org:6379/", "javascript:alert(1)",
        "data:image/png;base64,AAAA", "http://1.1.1.1\\@127.0.0.1/", "http://example.org/a b", "http://[::1",
        "http://example.org#@127.0.0.1:25/", "http://127.0.0.1%2f@example.org/", "http://exa%6dple.org/",
    ],
)  # fmt: skip
def test_a_redirect_to_what_is_no_web_address_is_refused(inside, settings, location, names):
    names(["127.0.0.1"])
    settings.IMAGE_URL_PORTS = frozenset({inside.port})
    inside.answers = [leads_to(location)]
    assert refusal(at(inside)).code in ("bad_address", "fetch_failed")
    assert inside.connections == 1


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 0, 65536])
def test_only_the_chosen_ports_are_called(settings, port):
    settings.IMAGE_URLS, settings.IMAGE_URLS_PRIVATE = True, True
    assert refusal(f"http://127.0.0.1:{port}/a.jpg").code == "bad_address"


def test_redirects_are_followed_so_many_times(inside):
    inside.answers = [leads_to(f"/{n}") for n in range(5)] + [sent(JPEG)]
    found = fetching.fetch(at(inside, "/first.png"))
    assert (found.name, found.data, len(inside.taken)) == ("4", JPEG, 6)
    inside.answers = [leads_to(f"/{n}") for n in range(6)] + [sent(JPEG)]
    assert refusal(at(inside, "/first.png")).code == "too_many_redirects"
    inside.answers = [sent(b"", "302 Found")]
    assert refusal(at(inside)).code == "fetch_failed"


def test_a_name_that_turns_inwards_between_two_hops_is_refused(server, names, monkeypatch):
    service = names(["93.184.216.34"], ["127.0.0.1"])
    monkeypatch.setattr(fetching.outward, "_connect", lambda one, bounds: _to(server, one))
    server.answers = [leads_to("/again")]
    assert refusal(at(server, host="rebind.example")).code == "bad_address"
    assert (service.asked, server.connections) == (2, 1)


def test_a_name_that_changes_between_check_and_use_gains_nothing(inside, names):
    """It is asked once; the socket goes to what was checked, and the server is told the name."""
    service = names(["127.0.0.1"], ["169.254.169.254"])
    assert fetching.fetch(at(inside, host="rebind.example")).data == JPEG
    assert (service.asked, inside.taken[0].headers["host"]) == (1, f"rebind.example:{inside.port}")


def test_one_private_address_among_public_ones_refuses_all(server, names):
    names(["93.184.216.34", "10.0.0.1"])
    assert refusal(at(server, host="mixed.example")).code == "bad_address"


def test_no_proxy_of_the_environment_is_asked(inside, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetching.fetch(at(inside)).data == JPEG


def drip_body(connection, receiver, request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not receiver.over.wait(0.05):
        connection.sendall(b"\xff")


def endless(connection, receiver, request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not receiver.over.is_set():
        connection.sendall(bytes(65536))


def endless_chunks(connection, receiver, request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not receiver.over.is_set():
        connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")


def continues(connection, receiver, request) -> None:
    while not receiver.over.is_set():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (programs.stall, "fetch_failed", "No answer within"),
        (programs.drip, "fetch_failed", "No answer within"),
        (drip_body, "fetch_failed", "No answer within"),
        (programs.flood, "file_too_large", "MB"),
        (programs.NONSENSE, "fetch_failed", "does not speak HTTP"),
        (programs.hang_up, "fetch_failed", "hung up"),
        (endless, "file_too_large", "MB"),
        (endless_chunks, "file_too_large", "MB"),
        (continues, "file_too_large", "MB"),
        (sent(b"x", length=10**9), "file_too_large", "MB"),
        (sent(b"x" * 300_000), "file_too_large", "MB"),
        (sent(JPEG, length=len(JPEG) + 9), "fetch_failed", "hung up"),
        (sent(gzip.compress(bytes(50_000_000)), "200 OK", "Content-Encoding: gzip"), "fetch_failed", "packed"),
        (sent(JPEG, "200 OK", "Content-Encoding: br"), "fetch_failed", "packed"),
        (sent(JPEG, "404 Not Found"), "fetch_failed", "answered 404"),
        (sent(JPEG, "206 Partial Content"), "fetch_failed", "answered 206"),
        (sent(JPEG, "500 Broken"), "fetch_failed", "answered 500"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno\r\n", "fetch_failed", "HTTP"),
    ],
)
def test_whatever_a_server_does_it_ends_within_bounds(inside, settings, answer, code, words):
    settings.MAX_UPLOAD_BYTES = 200_000
    inside.answers = [answer]
    begun = time.monotonic()
    found = refusal(at(inside))
    assert (found.code, words in found.detail) == (code, True), found.detail
    assert time.monotonic() - begun < 4


def test_all_hops_share_one_time(inside):
    def slow(connection, receiver, request):
        receiver.over.wait(0.4)
        connection.sendall(leads_to(f"/{len(receiver.taken)}"))

    inside.answers = [slow]
    assert "No answer within" in refusal(at(inside)).detail
    assert len(inside.taken) <= 3


def test_what_is_packed_for_the_way_is_taken_apart(inside):
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (JPEG[:999], JPEG[999:])) + b"0\r\n\r\n"
    inside.answers = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked]
    assert fetching.fetch(at(inside)).data == JPEG
    inside.answers = [b"HTTP/1.0 200 OK\r\n\r\n" + JPEG]
    assert fetching.fetch(at(inside)).data == JPEG


def test_where_many_wait_nobody_fetches(inside, settings, scorer, owner):
    settings.HELD_REQUESTS = 1
    with patience.seat():
        response = post(bearer(owner), at(inside))
    error(response, 503, "busy")
    assert response["Retry-After"] == "2"
    assert inside.connections == 0


def test_a_safe_connection_names_the_host_and_checks_its_certificate(names, settings, tmp_path):
    """Server name indication is the host of the address, not the number that is connected to."""
    asked = []
    settings.IMAGE_URLS = settings.IMAGE_URLS_PRIVATE = True
    names(["127.0.0.1"])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        settings.IMAGE_URL_PORTS = frozenset({port})
        thread = threading.Thread(target=_greet, args=(listening, asked), daemon=True)
        thread.start()
        found = refusal(f"https://pictures.example.:{port}/a.jpg")
        thread.join(10)
    assert asked == ["pictures.example"]
    assert found.code == "fetch_failed"


def _greet(listening, asked) -> None:
    import contextlib

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda connection, name, _: asked.append(name)
    raw, _ = listening.accept()
    with raw, contextlib.suppress(OSError):
        context.wrap_socket(raw, server_side=True)


def test_a_redirect_from_a_safe_connection_to_an_open_one_is_refused():
    with pytest.raises(Refused, match="safe connection"):
        fetching._next("https://example.org/a", "http://example.org/b")
    assert fetching._next("http://example.org/a", "https://example.org/b") == "https://example.org/b"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a.jpg", "a.jpg"),
        ("/", "image"),
        ("", "image"),
        ("/a%2Fb.jpg", "image"),
        ("/..%5Cb.jpg", "image"),
        ("/%00", "image"),
    ],
)
def test_the_name_is_the_end_of_the_path_where_that_is_one(path, name):
    assert fetching._name(f"https://example.org{path}") == name
