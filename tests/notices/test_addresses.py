"""Where webhooks may go: forged addresses in every notation, and names that change their mind."""

import socket

import pytest

from accounts.audit import Actor
from accounts.errors import Refused
from fakedetect_site import addresses
from fakedetect_site.addresses import BadAddress
from notices import deliveries, endpoints, sending
from notices.models import Delivery, Endpoint
from tests import hostile
from tests.conftest import logged_in

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.1.1",
    "100.64.0.1", "::1", "fc00::1", "fd12:3456::1",
]  # fmt: skip
NEVER = [
    "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "168.63.129.16",
    "100.100.100.200", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001:0:7f00:1::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "100::1",
    "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "fd00:ec2::254", "nonsense", "",
]  # fmt: skip
OPEN = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"]
MAPPED = ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:192.168.0.1"]


@pytest.mark.parametrize("address", PRIVATE + NEVER + MAPPED)
def test_what_is_not_the_open_internet_is_refused(address):
    assert not addresses.allowed(address)


@pytest.mark.parametrize("address", OPEN)
def test_the_open_internet_is_allowed(address):
    assert addresses.allowed(address)


@pytest.mark.parametrize("address", PRIVATE + MAPPED)
def test_who_hosts_it_all_may_open_private_networks(address):
    assert addresses.allowed(address, private=True)


@pytest.mark.parametrize("address", NEVER)
def test_link_local_metadata_and_the_rest_stay_closed_even_then(address):
    assert not addresses.allowed(address, private=True)


def test_hostile_addresses_are_refused_when_they_are_given_and_when_they_are_used(owner):
    for url in hostile.ALL:
        with pytest.raises(Refused) as refusal:
            endpoints.make(Actor(user=owner), person=owner, url=url)
        assert refusal.value.code == "bad_address", url
        assert sending.post(url, "{}", {}).status is None, url
    assert Endpoint.objects.count() == 0


def test_no_hostile_address_reaches_a_program_on_this_machine(receiver, settings):
    settings.WEBHOOKS_PRIVATE = False
    for host in hostile.HOSTS:
        assert sending.post(f"http://{host}:{receiver.port}/hook", "{}", {}).status is None, host
    assert receiver.connections == 0


def test_a_webhook_is_not_changed_to_a_hostile_address(hook, receiver, settings, owner):
    settings.WEBHOOKS_PRIVATE = False
    client = logged_in(owner)
    for url in hostile.FEW:
        response = client.patch(f"/api/v1/webhooks/{hook.pk}/", {"url": url}, "application/json")
        assert (response.status_code, Endpoint.objects.get().url) == (400, receiver.url), url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "begins with https"),
        ("javascript:alert(1)", "begins with https"),
        ("//example.org/", "begins with https"),
        ("example.org", "begins with https"),
        ("https://", "begins with https"),
        ("https://user:secret@example.org/", "Leave name and password out"),
        ("https://1.1.1.1@127.0.0.1/", "Leave name and password out"),
        ("https://@127.0.0.1/", "Leave name and password out"),
        ("https://example.org:22/", "Use port 80, 443"),
        ("https://example.org:25/", "Use port 80, 443"),
        ("https://example.org:0/", "Use port 80, 443"),
        ("https://example.org:99999/", "no address"),
        ("https://example.org:https/", "no address"),
        ("https://[::1/", "no address"),
        ("https://[fe80::1%25eth0]:zz/", "no address"),
        ("https://example.org/a b", "without spaces"),
        ("https://example.org/\r\nX-Evil: 1", "without spaces"),
        ("https://1.1.1.1\\@127.0.0.1/", "without spaces"),
        ("https://example.org/ü", "beyond ASCII"),
        ("", "begins with https"),
    ],
)
def test_what_is_no_address_of_a_web_server_gets_a_sentence(url, words):
    with pytest.raises(BadAddress, match=words):
        addresses.parse(url)


@pytest.mark.parametrize(
    ("url", "netloc", "path"),
    [
        ("https://example.org", "example.org", "/"),
        ("https://example.org:443/a?b=c#d", "example.org", "/a?b=c"),
        ("http://example.org:8080/a", "example.org:8080", "/a"),
        ("HTTPS://EXAMPLE.ORG/A", "example.org", "/A"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]:8443", "/"),
        ("https://zürich.example/", "xn--zrich-kva.example", "/"),
    ],
)
def test_an_address_is_taken_apart_as_browsers_do(url, netloc, path):
    place = addresses.parse(url)
    assert (place.netloc, place.path) == (netloc, path)


class Names:
    """A name service that answers what a test wants, one answer a question, the last for ever."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    def getaddrinfo(self, host, port, **options):
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in one], socket.SOCK_STREAM, 6, "", (one, port)) for one in found]


@pytest.fixture
def names(monkeypatch):
    def act(*answers):
        service = Names(*answers)
        monkeypatch.setattr(addresses.socket, "getaddrinfo", service.getaddrinfo)
        return service

    return act


def test_a_name_with_one_private_address_among_public_ones_is_refused(names):
    names(["1.1.1.1", "127.0.0.1"])
    with pytest.raises(BadAddress, match="private network"):
        addresses.resolve(addresses.parse("https://rebind.example/"))


def test_a_name_that_turns_inwards_after_it_was_given_is_refused_when_it_is_used(
    names, owner, receiver, settings, tell, sweep
):
    settings.WEBHOOKS_PRIVATE = False
    names(["1.1.1.1"], ["127.0.0.1"])
    endpoints.make(Actor(user=owner), person=owner, url=f"http://rebind.example:{receiver.port}/hook")
    tell()
    sweep()
    assert receiver.connections == 0
    assert "private network" in Delivery.objects.get().last_error


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(names, receiver, monkeypatch):
    """The name means loopback when it is checked and would mean something else at a second question."""
    service = names(["127.0.0.1"], ["169.254.169.254"])
    answer = sending.post(f"http://rebind.example:{receiver.port}/hook", "{}", {"webhook-id": "x"})
    assert (answer.status, service.asked, receiver.connections) == (204, 1, 1)
    assert receiver.taken[0].headers["host"] == f"rebind.example:{receiver.port}"


def test_of_several_addresses_the_next_is_tried(names, receiver):
    names(["127.0.0.2", "127.0.0.1"])
    assert sending.post(f"http://two.example:{receiver.port}/hook", "{}", {"webhook-id": "x"}).status == 204


def test_no_proxy_of_the_environment_is_asked(receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sending.post(receiver.url, "{}", {"webhook-id": "x"}).status == 204


def test_a_name_service_that_does_not_answer_costs_seconds_and_no_more(monkeypatch):
    import threading

    never = threading.Event()
    monkeypatch.setattr(addresses, "_SECONDS", 0.05)
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *parts, **options: never.wait(30))
    with pytest.raises(BadAddress, match="took too long"):
        addresses.resolve(addresses.parse("https://slow.example/"))
    never.set()


def test_a_name_that_is_none_gets_a_sentence(monkeypatch):
    def unknown(*parts, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", unknown)
    with pytest.raises(BadAddress, match="There is no host nowhere"):
        addresses.resolve(addresses.parse("https://nowhere.example/"))


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, settings):
    """On a real TLS server with a certificate of its own making."""
    settings.WEBHOOKS_PRIVATE = True
    with tls_server(tmp_path) as port:
        answer = sending.post(f"https://127.0.0.1:{port}/hook", "{}", {})
    assert answer.status is None
    assert "No safe connection" in answer.error


def tls_server(folder):
    """A server that completes handshakes only with those who trust it."""
    import contextlib
    import datetime
    import ssl
    import threading

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime.timedelta(days=1)
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), today - day, today + day
    )
    certificate = builder.sign(key, hashes.SHA256())
    pem = folder / "server.pem"
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain) + certificate.public_bytes(serialization.Encoding.PEM)
    )

    @contextlib.contextmanager
    def running():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def serve():
                with contextlib.suppress(OSError):
                    raw, _ = listening.accept()
                    with raw:
                        context.wrap_socket(raw, server_side=True)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            yield listening.getsockname()[1]
        thread.join(10)

    return running()


def test_every_attempt_asks_the_name_service_anew(names, owner, receiver, tell, sweep):
    service = names(["127.0.0.1"])
    endpoints.make(Actor(user=owner), person=owner, url=f"http://moves.example:{receiver.port}/hook")
    tell()
    sweep()
    assert service.asked == 2
    assert deliveries.attempt_due() == 0
