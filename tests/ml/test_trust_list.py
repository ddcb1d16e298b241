"""The trust list: the pinned one is what its table says, another is let in whole or not at all."""

import hashlib
import io
import re
from urllib.error import URLError

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from ml import trust_list, trust_update
from ml.trust_list import NAMES, PINNED, SIGNERS, TIME_STAMPS
from ml.trust_update import TrustListRefused
from tests.ml.credentials import authority, issued


@pytest.fixture(scope="module")
def one():
    return authority("First Authority")


@pytest.fixture(scope="module")
def other():
    return authority("Second Authority")


@pytest.fixture
def folder(settings, tmp_path):
    settings.TRUST_LIST_DIR = tmp_path / "trust"
    trust_list.use(settings.TRUST_LIST_DIR)
    yield settings.TRUST_LIST_DIR
    trust_list.use(None)


def update(*arguments):
    out = io.StringIO()
    call_command("update_trust_list", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_the_pinned_lists_are_those_of_their_table(name):
    data = (PINNED / name).read_bytes()
    row = next(line for line in (PINNED / "README.md").read_text().splitlines() if f"`{name}`" in line and "|" in line)
    assert hashlib.sha256(data).hexdigest() in row
    count = int(re.search(r"\((\d+) certificates\)", row).group(1))
    assert len(trust_update.authorities(data.decode())) == count


def test_the_list_of_the_folder_comes_before_the_pinned_one_each_by_itself(folder, one):
    assert trust_list.trust_list(SIGNERS) == (PINNED / SIGNERS).read_text()
    trust_update.install(one.pem, folder / SIGNERS)
    assert trust_list.blocks(trust_list.trust_list(SIGNERS)) == [one.pem.strip()]
    assert trust_list.trust_list(TIME_STAMPS) == (PINNED / TIME_STAMPS).read_text()


def test_changes_are_told_by_subject(one, other):
    assert trust_update.changes(one.pem, other.pem) == ["+ CN=Root,O=Second Authority", "- CN=Root,O=First Authority"]
    assert trust_update.changes(one.pem + other.pem, "words\n" + other.pem + one.pem) == []


def test_a_certificate_given_twice_counts_once(one):
    assert len(trust_update.authorities(one.pem + one.pem.replace("\n", "\r\n"))) == 1


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda by: "", "No certificate"),
        (lambda by: "<html>Not found</html>", "No certificate"),
        (lambda by: by.pem + "-----BEGIN CERTIFICATE-----\nMIIB", "without an end"),
        (lambda by: by.pem + by.pem.replace("MII", "AII", 1), "Certificate 2 of the list is damaged"),
        (lambda by: by.pem + by.private, "private key"),
        (lambda by: by.pem + issued(by, "Camera").pem, "no authority"),
    ],
)
def test_a_list_with_one_fault_is_refused_whole(one, tmp_path, spoil, word):
    with pytest.raises(TrustListRefused, match=word):
        trust_update.install(spoil(one), tmp_path / SIGNERS)
    assert list(tmp_path.iterdir()) == []


def test_what_lies_elsewhere_is_fetched_over_https_only(tmp_path, monkeypatch):
    with pytest.raises(TrustListRefused, match="not safe"):
        trust_update.fetched("http://example.org/list.pem")
    with pytest.raises(TrustListRefused, match="not safe"):
        trust_update.fetched("file:///etc/passwd")
    with pytest.raises(TrustListRefused, match="cannot be read"):
        trust_update.fetched(str(tmp_path / "none.pem"))
    (tmp_path / "large.pem").write_bytes(bytes(2_000_001))
    with pytest.raises(TrustListRefused, match="larger"):
        trust_update.fetched(str(tmp_path / "large.pem"))


class Answer(io.BytesIO):
    def __init__(self, data, url):
        super().__init__(data)
        self.url = url

    def geturl(self):
        return self.url


def test_an_answer_from_an_address_without_https_is_refused(monkeypatch, one):
    answers = {"https://a.example/": Answer(one.pem.encode(), "https://b.example/")}
    answers["https://c.example/"] = Answer(one.pem.encode(), "http://b.example/")
    monkeypatch.setattr(trust_update.urllib.request, "urlopen", lambda address, timeout: answers[address])
    assert trust_update.fetched("https://a.example/") == one.pem
    with pytest.raises(TrustListRefused, match="led to an address without https"):
        trust_update.fetched("https://c.example/")


def test_an_address_that_does_not_answer_is_one_sentence(monkeypatch, folder):
    def fails(address, timeout):
        raise URLError("no route")

    monkeypatch.setattr(trust_update.urllib.request, "urlopen", fails)
    with pytest.raises(CommandError, match="cannot be read"):
        update("https://a.example/list.pem")


@pytest.mark.django_db
def test_the_command_shows_the_changes_writes_them_and_records_it(folder, tmp_path, one):
    (tmp_path / "own.pem").write_text(one.pem)
    told = update(tmp_path / "own.pem")
    assert "+ CN=Root,O=First Authority" in told
    assert "- CN=Google C2PA Root CA G3,O=Google LLC,C=US" in told
    assert "1 authorities are trusted (signers.pem), 31 changes." in told
    assert trust_list.blocks(trust_list.trust_list(SIGNERS)) == [one.pem.strip()]
    event = AuditEvent.objects.get(action="trust_list.updated")
    assert (event.target, event.details) == ("trust_list:signers.pem", {"sha256": trust_update.digest(one.pem)})
    assert "0 changes" in update(tmp_path / "own.pem")


@pytest.mark.django_db
def test_the_command_goes_back_to_the_pinned_list(folder, tmp_path, one):
    (tmp_path / "own.pem").write_text(one.pem)
    update(tmp_path / "own.pem", "--time-stamps")
    assert trust_list.trust_list(TIME_STAMPS) != (PINNED / TIME_STAMPS).read_text()
    assert "- CN=Root,O=First Authority" in update("--pinned", "--time-stamps")
    assert trust_list.trust_list(TIME_STAMPS) == (PINNED / TIME_STAMPS).read_text()


def test_a_dry_run_writes_nothing(folder, tmp_path, one):
    (tmp_path / "own.pem").write_text(one.pem)
    assert "1 authorities would be trusted" in update(tmp_path / "own.pem", "--dry-run")
    assert not folder.exists()


@pytest.mark.parametrize("arguments", [(), ("own.pem", "--pinned")])
def test_the_command_wants_one_source(folder, arguments):
    with pytest.raises(CommandError, match="Give a FILE or URL, or --pinned"):
        update(*arguments)


def test_a_refused_list_is_one_sentence_of_the_command(folder, tmp_path):
    (tmp_path / "page.pem").write_text("<html>")
    with pytest.raises(CommandError, match="give the list as PEM"):
        update(tmp_path / "page.pem")
