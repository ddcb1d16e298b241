"""Provenance: four states told apart, words that claim no more than was checked, and nothing fetched."""

import contextlib
import io
import json
import re
import socket
import sys
import threading
import warnings

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ml import trust_list
from ml.evidence import c2pa_history, c2pa_reader, provenance
from ml.evidence.subject import NotApplicable, Subject
from ml.images import inspect
from tests.factories import picture
from tests.ml.credentials import action, authority, signed, signer
from tests.ml.making import as_bytes

AI = action("created", "trainedAlgorithmicMedia", agent="Dream 4")
CAPTURE = action("created", "digitalCapture")
PLACE = {"apart": False}


@pytest.fixture(autouse=True, params=["here", "apart"])
def place(request, monkeypatch):
    """Whatever is told of a file, a process of its own tells the same."""
    monkeypatch.setitem(PLACE, "apart", request.param == "apart")


@pytest.fixture(scope="module")
def listed():
    return authority()


@pytest.fixture(scope="module")
def stranger():
    return authority("Nobody Knows")


@pytest.fixture(autouse=True)
def trusting(listed, tmp_path):
    """A trust list of one authority in the place of the pinned one."""
    trust(tmp_path, signers=listed.pem)
    yield
    trust_list.use(None)


def trust(folder, signers="", time_stamps=""):
    (folder / trust_list.SIGNERS).write_text(signers)
    (folder / trust_list.TIME_STAMPS).write_text(time_stamps)
    trust_list.use(folder)


def subject(data):
    return Subject(data, inspect(data), picture(8, 8, 0), apart=PLACE["apart"])


def found(data):
    [finding] = provenance.examine(subject(data))
    assert finding.signal == "provenance"
    assert finding.summary.endswith(".")
    json.dumps(dict(finding.details))
    return finding


def outcome(data):
    finding = found(data)
    return finding.details["state"], finding.stance


def test_a_picture_without_credentials_says_nothing():
    finding = found(as_bytes(picture(64, 48, 1)))
    assert (finding.details["state"], finding.stance) == ("absent", "silent")
    assert "says nothing" in finding.summary


def test_a_format_that_cannot_hold_them_is_not_examined():
    with pytest.raises(NotApplicable, match="BMP"):
        provenance.examine(subject(as_bytes(picture(64, 48, 1), "BMP")))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff", "gif"])
def test_a_listed_signer_who_states_ai_supports_fake(listed, kind):
    finding = found(signed(signer(listed), AI, mime=f"image/{kind}"))
    assert (finding.details["state"], finding.stance) == ("trusted", "supports_fake")
    assert finding.details["ai"] is True
    assert finding.details["digital_source_type"] == "trainedAlgorithmicMedia"
    assert finding.summary == (
        "Example Press (Camera 7), a signer on the trust list, states that generative AI made the picture."
    )


def test_details_tell_who_signed_what_was_done_and_from_what_it_was_made(listed):
    before = signed(signer(listed), AI)
    details = found(signed(signer(listed), action("cropped"), on=before)).details
    assert details["claim_generator"] == "Example Program 3.1"
    assert details["signer"] == "Example Press (Camera 7)"
    assert details["actions"][0] == "created with Dream 4 (generative AI made the picture)"
    assert {"opened for editing", "cropped"} < set(details["actions"])
    assert [line.partition(": ")[2] for line in details["ingredients"]] == ["the picture that this one was made from"]
    assert details["time"] is None  # nobody but the signer vouches for one
    assert details["ai"] is True


def test_an_unlisted_signer_who_states_ai_is_told_in_weaker_words(stranger):
    finding = found(signed(signer(stranger, "Unheard Of"), AI))
    assert (finding.details["state"], finding.stance) == ("untrusted", "supports_fake")
    assert finding.details["ai"] is True
    assert "but the signer is not on the trust list" in finding.summary


def test_a_listed_camera_supports_authentic_and_says_that_valid_is_not_true(listed):
    finding = found(signed(signer(listed), CAPTURE))
    assert (finding.details["state"], finding.stance) == ("trusted", "supports_authentic")
    assert finding.details["ai"] is False
    assert "valid is not true" in finding.summary


def test_an_unlisted_camera_supports_nobody(stranger):
    assert outcome(signed(signer(stranger), CAPTURE)) == ("untrusted", "silent")


def test_a_capture_that_was_only_cropped_is_still_one(listed):
    before = signed(signer(listed), CAPTURE)
    assert outcome(signed(signer(listed), action("cropped"), on=before)) == ("trusted", "supports_authentic")


@pytest.mark.parametrize("done", ["drawing", "edited", "unknown", "by_a_program_of_tomorrow"])
def test_a_capture_that_was_changed_since_supports_nobody(listed, done):
    before = signed(signer(listed), CAPTURE)
    assert outcome(signed(signer(listed), action(done), on=before)) == ("trusted", "silent")


def test_a_capture_on_a_picture_without_credentials_supports_nobody(listed):
    plain = as_bytes(picture(64, 48, 2))
    changed = signed(signer(listed), action("cropped", "digitalCapture"), on=plain)
    assert outcome(changed) == ("trusted", "silent")


def test_a_part_made_by_ai_is_found_in_what_was_placed(listed):
    made = signed(signer(listed), AI)
    whole = signed(signer(listed), CAPTURE, action("placed", part="sky"), sky=made)
    assert outcome(whole) == ("trusted", "supports_fake")
    assert "parts of the picture were made by generative AI" in found(whole).summary
    assert found(whole).details["digital_source_type"] == "compositeSynthetic"
    assert "sky: placed in the picture" in found(whole).details["ingredients"]


def test_a_generator_that_wraps_its_own_picture_is_no_composite(listed):
    made = signed(signer(listed), AI)
    wrapped = signed(signer(listed), action("opened", part="image"), image=made)
    assert found(wrapped).details["digital_source_type"] == "trainedAlgorithmicMedia"


@pytest.mark.parametrize("source", ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"])
def test_what_ai_edited_is_not_said_to_be_made_by_it(listed, source):
    before = signed(signer(listed), CAPTURE)
    finding = found(signed(signer(listed), action("edited", source), on=before))
    assert (finding.details["state"], finding.stance) == ("trusted", "supports_fake")
    assert "generative AI edited the picture" in finding.summary
    assert finding.details["digital_source_type"] == "compositeWithTrainedAlgorithmicMedia"


def test_a_fault_of_form_alone_takes_trust_away_and_no_more(listed):
    made = signed(signer(listed), CAPTURE)
    finding = found(signed(signer(listed), CAPTURE, action("placed"), sky=made))  # it does not say what was placed
    assert (finding.details["state"], finding.stance) == ("untrusted", "silent")
    assert "standard" in finding.summary


def test_what_an_unlisted_signer_said_earlier_is_not_vouched_for(listed, stranger):
    before = signed(signer(stranger), AI)
    finding = found(signed(signer(listed), action("cropped"), on=before))
    assert (finding.details["state"], finding.stance) == ("trusted", "silent")
    assert finding.details["ai"] is False


def test_a_broken_credential_in_the_history_is_told_and_believed_in_nothing(listed):
    before = changed_behind_its_back(signed(signer(listed), CAPTURE))
    finding = found(signed(signer(listed), action("cropped"), on=before))
    assert (finding.details["state"], finding.stance) == ("trusted", "silent")
    assert "an earlier credential in it is broken" in finding.summary


def test_a_picture_changed_after_signing_is_invalid_and_its_statements_count_for_nothing(listed):
    finding = found(changed_behind_its_back(signed(signer(listed), AI)))
    assert (finding.details["state"], finding.stance) == ("invalid", "silent")
    assert finding.details["ai"] is False
    assert "changed after it was signed" in finding.summary


def test_an_altered_credential_is_invalid(listed):
    data = signed(signer(listed), AI)
    assert data.count(b"Dream 4") == 1
    finding = found(data.replace(b"Dream 4", b"Leica 4"))
    assert (finding.details["state"], finding.stance) == ("invalid", "silent")
    assert "altered" in finding.summary


def test_a_credential_pasted_into_another_picture_is_invalid(listed):
    plain, donor = as_bytes(picture(64, 48, 2)), signed(signer(listed), AI)
    segments = donor[2 : donor.index(b"\xff\xdb")]  # all that stands before the tables of the picture
    assert outcome(plain[:2] + segments + plain[2:]) == ("invalid", "silent")


def test_a_damaged_credential_is_invalid_and_not_absent(listed):
    data = signed(signer(listed), AI)
    at = data.index(b"jumb") + 200
    finding = found(data[:at] + b"\xff" * 60 + data[at + 60 :])
    assert finding.details["state"] == "invalid"
    assert "damaged" in finding.summary


def test_who_may_stamp_the_time_may_not_sign(listed, stranger, tmp_path):
    data = signed(signer(stranger), AI)
    trust(tmp_path, signers=listed.pem, time_stamps=stranger.pem)
    assert found(data).details["state"] == "untrusted"
    trust(tmp_path, signers=stranger.pem + listed.pem, time_stamps=stranger.pem)
    assert found(data).details["state"] == "trusted"


def test_a_bare_mention_of_c2pa_is_no_credential():
    assert outcome(as_bytes(picture(64, 48, 1)) + b"c2pa jumb trainedAlgorithmicMedia") == ("absent", "silent")


def test_hostile_names_are_cut_and_stay_on_one_line(stranger):
    name = "A\nB\u202e" + 300 * "x"
    line = c2pa_history.cut(name)
    assert line.startswith("A B x")
    assert len(line) == 80
    finding = found(signed(signer(stranger), action("created", agent=name)))
    assert len(finding.details["actions"][0]) < 120


@pytest.mark.parametrize(
    "content",
    [
        {"assertions": [{"label": "c2pa.actions", "data": {"actions": [7, {"action": ["x"]}]}}]},
        {"assertions": [{"label": "c2pa.actions", "data": []}], "ingredients": "none", "signature_info": 3},
        {
            "claim_generator_info": [{"name": {"a": 1}}],
            "ingredients": [{"active_manifest": "a", "relationship": "parentOf"}],
        },
    ],
)
def test_a_store_of_odd_shapes_is_read_without_breaking(content):
    store = {"active_manifest": "a", "manifests": {"a": content}, "validation_results": {"activeManifest": {}}}
    assert provenance._judged(store).details["state"] == "invalid"  # nothing says that it is bound


def test_an_expired_certificate_is_a_doubt_and_no_breach():
    """Such files cannot be made on the spot: the library signs with valid certificates only."""
    failures = ["signingCredential.untrusted", "signingCredential.expired", "assertion.action.malformed"]
    assert provenance._judged(store_with(failures)).details["state"] == "untrusted"
    assert "expired" in provenance._judged(store_with(failures)).summary
    assert provenance._judged(store_with([*failures, "a.fault.of.tomorrow"])).details["state"] == "invalid"


def store_with(failures):
    passed = [{"code": code} for code in ("claimSignature.validated", "assertion.dataHash.match")]
    results = {"success": passed, "failure": [{"code": code} for code in failures]}
    return {"active_manifest": "a", "manifests": {"a": {}}, "validation_results": {"activeManifest": results}}


# Nothing is fetched --------------------------------------------------------------------------------------------


class Server:
    """Counts those who connect, and hangs up."""

    def __init__(self, listener):
        self.listener, self.asked = listener, threading.Event()
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.asked.set()
                connection.close()


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Server(listener)


def read_online(data):
    """The library as it comes: without this, the silence of the server would prove nothing."""
    online = {"version": 1, "verify": {"remote_manifest_fetch": True, "ocsp_fetch": True}}
    with contextlib.suppress(c2pa.C2paError), c2pa.Context.from_dict(online) as context:
        c2pa.Reader("image/jpeg", io.BytesIO(data), context=context).close()


def test_a_credential_on_a_server_is_named_and_not_fetched(listed, server):
    data = signed(signer(listed), AI, remote=server.address)
    finding = found(data)
    assert (finding.details["state"], finding.stance) == ("absent", "silent")
    assert "127.0.0.1" in finding.summary
    assert not server.asked.wait(0.3)
    read_online(data)
    assert server.asked.wait(5)


def test_no_issuer_is_asked_whether_a_certificate_was_revoked(listed, server):
    data = signed(signer(listed, ocsp=server.address), AI)
    assert found(data).details["state"] == "trusted"
    assert not server.asked.wait(0.3)
    read_online(data)
    assert server.asked.wait(5)


def test_the_library_is_not_loaded_for_a_picture_that_mentions_no_credential(monkeypatch):
    monkeypatch.setitem(sys.modules, "c2pa", None)  # an import would fail
    assert c2pa_reader.read_store(as_bytes(picture(64, 48, 1)), "JPEG", "image/jpeg") is None


# Published files -----------------------------------------------------------------------------------------------

STATES = {
    "A.jpg": "absent",
    "adobe-20220124-C.jpg": "untrusted",
    "adobe-20220124-CA.jpg": "untrusted",
    "adobe-20220124-CACA.jpg": "untrusted",
    "adobe-20220124-E-dat-CA.jpg": "invalid",
    "adobe-20220124-E-sig-CA.jpg": "invalid",
    "adobe-20220124-E-uri-CA.jpg": "invalid",
    "adobe-20220124-I.jpg": "absent",
    "adobe-20220124-XCA.jpg": "invalid",
    "file_with_wrong_extension.xyz.jpg": "untrusted",
    "sample1.avif": "absent",
    "sample1.gif": "absent",
    "sample1.heic": "absent",
    "sample1.png": "absent",
    "sample1.webp": "absent",
}


@pytest.mark.parametrize(("name", "state"), STATES.items())
def test_the_published_files_have_their_right_states(shared_data, name, state):
    trust_list.use(None)  # the pinned list knows no test certificates
    data = (shared_data / "fixtures" / "c2pa" / name).read_bytes()
    assert outcome(data) == (state, "silent")


def test_no_published_file_is_left_out(shared_data):
    assert {path.name for path in (shared_data / "fixtures" / "c2pa").iterdir()} == set(STATES)


@pytest.mark.parametrize(("name", "state"), STATES.items())
def test_with_their_own_authority_listed_the_unbroken_ones_are_trusted(shared_data, tmp_path, name, state):
    folder = shared_data / "fixtures" / "c2pa"
    trust(tmp_path, signers=own_authority((folder / "adobe-20220124-C.jpg").read_bytes()))
    expected = "trusted" if state == "untrusted" else state
    assert outcome((folder / name).read_bytes()) == (expected, "silent")


def own_authority(data):
    """The self-signed certificate that a signed file carries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [certificate_at(data, match.start()) for match in re.finditer(rb"\x30\x82", data)]
    roots = [item for item in found if item and item.subject == item.issuer]
    return roots[0].public_bytes(Encoding.PEM).decode()


def certificate_at(data, start):
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    try:
        return x509.load_der_x509_certificate(data[start : start + 4 + length])
    except ValueError:
        return None


def changed_behind_its_back(data):
    """One bit of the picture turned, which every decoder forgives."""
    changed = bytearray(data)
    changed[-100] ^= 1
    return bytes(changed)
