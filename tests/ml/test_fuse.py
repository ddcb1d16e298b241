"""The rules by which evidence revises the model's verdict, each with a case that it turns and one that it leaves."""

import pytest

from ml.findings import Finding
from ml.fuse import fuse

CARD = {
    "decision": {"prior": 0.25, "band": [0.43, 0.57]},
    "signals": {
        "copy_move": {"kind": "manipulated", "log_likelihood_ratio": 4.0},
        "spectrum": {"kind": "ai_generated", "log_likelihood_ratio": 1.0},
        "noise": {"kind": None, "log_likelihood_ratio": 0.0},
    },
}


def own(label="authentic", ai=0.05, manipulated=0.05):
    probabilities = {"authentic": 1 - ai - manipulated, "ai_generated": ai, "manipulated": manipulated}
    return {
        "label": label,
        "fake_probability": ai + manipulated,
        "probabilities": probabilities,
        "reasons": ["Because."],
    }


def speaks(signal, stance="supports_fake", **details):
    return Finding(signal, stance, f"{signal} speaks.", details)


def test_without_findings_the_models_word_stands():
    assert fuse(own(), [], CARD) == own()


@pytest.mark.parametrize("label", ["authentic", "inconclusive", "manipulated"])
def test_a_trusted_claim_of_ai_decides_whatever_the_model_says(label):
    found = fuse(
        own(label),
        [speaks("provenance", state="trusted", ai=True, digital_source_type="trainedAlgorithmicMedia")],
        CARD,
    )
    assert found["label"] == "ai_generated"
    assert found["fake_probability"] > 0.98
    assert sum(found["probabilities"].values()) == pytest.approx(1)
    assert found["reasons"] == ["provenance speaks.", "The model alone: Because."]


def test_a_trusted_claim_of_a_part_made_by_ai_makes_a_manipulated_picture():
    source = "compositeWithTrainedAlgorithmicMedia"
    found = fuse(own(), [speaks("provenance", state="trusted", ai=True, digital_source_type=source)], CARD)
    assert found["label"] == "manipulated"
    assert found["probabilities"]["manipulated"] > 0.98


@pytest.mark.parametrize("details", [{"state": "untrusted", "ai": True}, {"state": "invalid"}])
def test_an_untrusted_or_broken_claim_only_forbids_no_sign_found(details):
    found = fuse(own(), [speaks("provenance", **details)], CARD)
    assert found["label"] == "inconclusive"
    assert found["fake_probability"] == own()["fake_probability"]
    assert fuse(own("ai_generated", ai=0.9), [speaks("provenance", **details)], CARD)["label"] == "ai_generated"


@pytest.mark.parametrize(("label", "ai"), [("authentic", 0.001), ("inconclusive", 0.4), ("authentic", 0.05)])
def test_a_verified_copy_decides_even_where_the_model_saw_nothing(label, ai):
    found = fuse(own(label, ai=ai, manipulated=0.001), [speaks("copy_move")], CARD)
    assert found["label"] == "manipulated"
    assert found["fake_probability"] == pytest.approx(0.948, abs=0.001)  # the prior's odds times exp(4)
    assert sum(found["probabilities"].values()) == pytest.approx(1)


def test_a_copy_in_a_picture_that_the_model_calls_generated_raises_the_probability():
    before = own("ai_generated", ai=0.8, manipulated=0.02)
    found = fuse(before, [speaks("copy_move")], CARD)
    assert found["fake_probability"] > 0.99


def test_a_weak_signal_alone_does_not_reach_a_verdict():
    assert fuse(own(), [speaks("spectrum")], CARD) == own()


def test_weak_signals_weigh_together_with_the_model():
    found = fuse(own("inconclusive", ai=0.5, manipulated=0.0), [speaks("spectrum"), speaks("copy_move")], CARD)
    assert found["label"] in ("ai_generated", "manipulated")
    assert found["fake_probability"] > 0.95


def test_a_signal_that_was_measured_to_be_worthless_weighs_nothing():
    assert fuse(own(), [speaks("noise")], CARD) == own()


def test_a_card_without_measured_signals_lets_none_decide():
    bare = {"decision": CARD["decision"]}
    assert fuse(own(), [speaks("copy_move")], bare)["label"] == "inconclusive"


@pytest.mark.parametrize("signal", ["ai_metadata", "visible_mark"])  # anybody can write a note, and draw a mark
def test_what_anybody_can_put_into_a_picture_informs_and_never_decides(signal):
    found = fuse(own(), [speaks(signal)], CARD)
    assert found["label"] == "inconclusive"
    assert found["reasons"][0] == f"{signal} speaks."
    assert found["probabilities"] == own()["probabilities"]


@pytest.mark.parametrize("signal", ["provenance", "ai_metadata", "camera", "visible_mark", "copy_move", "stability"])
@pytest.mark.parametrize("label", ["ai_generated", "manipulated", "inconclusive"])
def test_nothing_turns_a_fake_into_no_sign_found(signal, label):
    before = own(label, ai=0.6, manipulated=0.3)
    assert fuse(before, [speaks(signal, "supports_authentic", state="trusted", ai=False)], CARD) == before


def test_a_verdict_that_flips_is_inconclusive_and_says_why():
    found = fuse(own(), [speaks("stability", "silent", flips=["JPEG 70", "half size"])], CARD)
    assert found["label"] == "inconclusive"
    assert found["reasons"] == ["stability speaks.", "Because."]


def test_a_flip_does_not_unsay_a_verified_copy():
    findings = [speaks("stability", "silent", flips=["JPEG 70"]), speaks("copy_move")]
    assert fuse(own(), findings, CARD)["label"] == "manipulated"
