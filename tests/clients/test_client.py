"""The client that waits for its answers, against the live site."""

import gzip
import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakedetect_client import (
    Client,
    ConfigError,
    Forbidden,
    InvalidSource,
    NotAuthenticated,
    NotFound,
    Rejected,
    UnexpectedAnswer,
)

from accounts.models import Scope
from detector.models import Upload
from ml.serve import Finding
from tests.clients.conftest import key_of
from tests.clients.flaky import Flaky, saying
from tests.factories import image_bytes


def test_it_checks_a_path(site, picture):
    result = site.check(picture)
    assert (result.label, result.fake_probability, result.is_fake) == ("ai_generated", 0.93, True)
    assert result.file.name == "picture.jpg"
    assert result.file.bytes == picture.stat().st_size
    assert result.verdict.reasons == ("The model finds traces of AI generation.",)
    assert result.verdict.model.version
    assert {row.signal for row in result.evidence} >= {"stability", "similar"}
    assert result.links["page"].startswith(site.config.url)


def test_it_checks_text_paths_bytes_and_open_files(site, picture):
    data = picture.read_bytes()
    digests = {site.check(source).file.sha256 for source in (str(picture), data, io.BytesIO(data))}
    with picture.open("rb") as file:
        file.seek(100)  # it is sent from its beginning
        named = site.check(file)
    assert named.file.name == "picture.jpg"
    assert digests == {named.file.sha256}


def test_it_checks_what_cannot_be_rewound_or_lies_about_its_length(site, picture, tmp_path):
    data = picture.read_bytes()
    reading, writing = os.pipe()
    with ThreadPoolExecutor(1) as pool, os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb") as end:
        pool.submit(lambda: (end.write(data), end.close()))
        assert site.check(pipe, name="piped.jpg").file.bytes == len(data)
    packed = tmp_path / "picture.gz"
    packed.write_bytes(gzip.compress(data))
    with gzip.open(packed) as file:
        assert site.check(file, name="packed.jpg").file.bytes == len(data)


def test_a_large_file_is_sent_piece_by_piece(site):
    class Watched(io.BytesIO):
        largest = 0

        def read(self, size=-1):
            Watched.largest = max(Watched.largest, size if size >= 0 else len(data))
            return super().read(size)

    data = image_bytes(width=900, height=900, quality=98)
    assert len(data) > 300_000
    assert site.check(Watched(data)).file.bytes == len(data)
    assert Watched.largest <= 65_536


def test_what_is_no_source_says_so(site, tmp_path):
    for source, words in (
        (tmp_path / "none.jpg", "cannot be read"),
        (tmp_path, "is a folder"),
        (42, "int cannot be checked"),
    ):
        with pytest.raises(InvalidSource, match=words):
            site.check(source)
    with pytest.raises(InvalidSource, match="mode 'rb'"):
        site.check(io.StringIO("x"))


def test_an_address_is_fetched_by_the_site_where_it_may(site, settings):
    with pytest.raises(Forbidden) as caught:
        site.check("https://example.org/a.jpg")
    assert caught.value.code == "image_urls_off"
    settings.IMAGE_URLS = settings.IMAGE_URLS_PRIVATE = True
    with Flaky(moods=[saying(200, image_bytes())]) as elsewhere:
        settings.IMAGE_URL_PORTS = frozenset({elsewhere.server.server_port})
        result = site.check(f"{elsewhere.url}/storm.jpg", tags=("storm",), external_id="cms-42")
    assert (result.file.name, result.raw["tags"], result.raw["external_id"]) == ("storm.jpg", ["storm"], "cms-42")


def test_a_bad_file_is_rejected_with_code_sentence_and_request_id(site):
    with pytest.raises(Rejected) as caught:
        site.check(b"no image at all")
    assert (caught.value.status, caught.value.code) == (415, "not_an_image")
    assert len(caught.value.request_id) == 32
    assert str(caught.value) == caught.value.detail


def test_it_lists_all_pages(site, owner, submit):
    made = [str(submit(owner, seed=seed).pk) for seed in range(27)]
    assert [result.id for result in site.list()] == made[::-1]
    assert list(site.list(verdict="authentic")) == []
    with pytest.raises(Rejected, match="verdict"):
        list(site.list(verdict="nonsense"))


def test_it_reads_pictures_reports_and_likenesses(site, picture, tmp_path, settings):
    settings.REPORT_KEY = tmp_path / "key.pem"
    first, second = site.check(picture), site.check(picture)
    assert second.duplicate_of == first.id
    assert site.heatmap(first.id).startswith(b"\x89PNG")
    assert [copy.kind for copy in site.similar(first.id).copies] == ["same_file"]
    pdf, document = site.report_pdf(first.id), site.report_json(first.id)
    assert pdf.startswith(b"%PDF")
    assert site.verify_report(pdf).valid
    assert not site.verify_report(document + b" ").valid
    site.original(first.id, tmp_path / "original.jpg")
    assert (tmp_path / "original.jpg").read_bytes() == picture.read_bytes()


def test_it_reads_the_picture_of_a_finding(site, picture, scorer):
    scorer.deep = (Finding("where", "supports_fake", "There.", {}, image_bytes("PNG")),)
    result = site.check(picture, ledger=True)
    row = next(row for row in result.evidence if row.signal == "where")
    assert site.evidence(result.id, row.picture_name).startswith(b"\x89PNG")


def test_it_deletes(site, picture):
    result = site.check(picture)
    site.delete(result.id)
    with pytest.raises(NotFound):
        site.get(result.id)
    assert not Upload.objects.exists()


def test_what_others_own_is_not_there(site, submit, stranger):
    with pytest.raises(NotFound) as caught:
        site.get(str(submit(stranger).pk))
    assert caught.value.code == "not_found"


def test_it_works_with_cases(site, picture, tmp_path):
    made = site.make_case("Fire of May", "What was sent in")
    results = [site.check(picture), site.check(image_bytes(seed=3))]
    assert site.add_to_case(made.id, [one.id for one in results]) == 2
    assert site.add_to_case(made.id, [results[0].id]) == 0
    assert {one.id for one in site.case_uploads(made.id)} == {one.id for one in results}
    assert [(one.title, one.uploads) for one in site.cases()] == [("Fire of May", 2)]
    assert site.case(made.id).role == "owner"
    site.case_file(made.id, "export.zip", tmp_path / "case.zip")
    assert (tmp_path / "case.zip").read_bytes().startswith(b"PK")


def test_a_download_that_is_refused_leaves_no_file(site, tmp_path):
    with pytest.raises(NotFound):
        site.original("00000000-0000-0000-0000-000000000000", tmp_path / "original.jpg")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".jpg" or "fakedetect" in path.name] == []


def test_twenty_files_at_once_are_twenty_uploads(site, twenty):
    found = list(site.check_many(sorted(twenty.iterdir()), jobs=5))
    assert len({one.result.id for one in found}) == 20
    assert {one.source.name: one.result.file.name for one in found} == {f"{n:02}.jpg": f"{n:02}.jpg" for n in range(20)}
    assert Upload.objects.count() == 20


def test_of_many_one_that_fails_takes_no_other_down(site, picture, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"nothing")
    found = {one.source: one for one in site.check_many([picture, broken, tmp_path / "none.jpg"])}
    assert found[picture].result.label == "ai_generated"
    assert isinstance(found[broken].error, Rejected)
    assert isinstance(found[tmp_path / "none.jpg"].error, InvalidSource)


def test_of_many_few_are_taken_ahead_and_stopping_stops(site, picture):
    taken = []

    def endless():
        while True:
            taken.append(picture)
            yield picture

    running = site.check_many(endless(), jobs=2)
    next(running)
    running.close()
    assert len(taken) <= 4


def test_a_wrong_token_and_a_read_only_one(live_server, owner, picture):
    with Client(live_server.url, "fd_wrong") as client, pytest.raises(NotAuthenticated):
        client.me()
    with Client(live_server.url, key_of(owner, Scope.READ)) as client:
        assert (client.me().username, client.me().scope) == ("owner", "read")
        with pytest.raises(Forbidden, match="only read"):
            client.check(picture)


def test_another_site_at_the_address_is_noticed(live_server, token):
    with Client(f"{live_server.url}/accounts", token) as client, pytest.raises(UnexpectedAnswer, match="address right"):
        client.me()


@pytest.mark.parametrize(
    "url", ["ftp://x.example", "x.example", "https://u:p@x.example", "https://x.example/?a=1", "http://[", ""]
)
def test_an_address_that_is_none_says_so(url):
    with pytest.raises(ConfigError):
        Client(url, "fd_x")


def test_a_token_with_a_line_end_is_refused_before_anything_is_sent():
    with pytest.raises(ConfigError, match="no token"):
        Client("http://127.0.0.1:1", "fd_x\nX-Other: 1")
