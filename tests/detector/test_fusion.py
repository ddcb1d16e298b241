"""Evidence revises the verdict: of the file at once, of the pixels later, and the model's own word is kept."""

from dataclasses import replace

import pytest

from accounts.models import AuditEvent
from detector import report
from detector.models import Upload
from ml import serve

pytestmark = pytest.mark.django_db

NOTE = serve.Finding("ai_metadata", "supports_fake", "The file says that ComfyUI made it.")
SIGNED = {"state": "trusted", "ai": True, "digital_source_type": "trainedAlgorithmicMedia"}
CREDENTIAL = serve.Finding("provenance", "supports_fake", "Signed as made by AI.", SIGNED)
TURNED = serve.Finding("stability", "silent", "The verdict turned round.", {"flips": ["half_size"]})


@pytest.fixture
def seen(scorer, submit, owner, monkeypatch):
    """Hand a picture in that the model finds authentic, with these quick and deep findings; returns its report."""
    plain = scorer.judge

    def act(*quick: serve.Finding, deep: tuple[serve.Finding, ...] = ()):
        shares = {"authentic": 0.9, "ai_generated": 0.05, "manipulated": 0.05}

        def judge(picture):
            score = plain(picture)
            findings = (*score.findings, *quick)
            return replace(score, label="authentic", fake_probability=0.1, probabilities=shares, findings=findings)

        monkeypatch.setattr(scorer, "judge", judge)
        scorer.deep = deep
        upload = Upload.objects.get(pk=submit(owner).pk)
        return upload, report.of_upload(upload, reader=owner)

    return act


def test_a_note_of_a_generator_makes_no_sign_found_inconclusive_at_once(seen):
    upload, told = seen(NOTE)
    assert told["verdict"]["label"] == "inconclusive"
    assert told["verdict"]["reasons"][0] == NOTE.summary
    assert upload.latest.own["label"] == "authentic"
    assert AuditEvent.objects.get(action="verdict").details["label"] == "inconclusive"


def test_a_trusted_credential_decides_at_once(seen):
    _, told = seen(CREDENTIAL)
    assert told["verdict"]["label"] == "ai_generated"
    assert told["verdict"]["fake_probability"] > 0.98


def test_a_deeper_look_at_stability_stands_for_the_first(seen):
    _, told = seen(deep=(TURNED,))
    assert [row["summary"] for row in told["evidence"] if row["signal"] == "stability"] == [TURNED.summary]
    assert told["verdict"]["label"] == "inconclusive"


def test_without_evidence_the_models_word_stands(seen):
    _, told = seen()
    assert told["verdict"]["label"] == "authentic"
