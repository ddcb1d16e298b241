"""The whole loop, with a real network: a photographer is wronged, a person decides, the detector learns, history stays.

The network is small (64 pixels, the backbone of the model that ships, a head of its own) and knows one thing: fakes
are striped. Then somebody uploads photographs of red awnings.
"""

import json
import time

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from accounts import audit
from accounts.audit import SYSTEM, Actor, verify_chain
from accounts.models import AuditEvent
from desk import appeals, deciding
from detector import models_in_use, review
from detector.models import Analysis, ModelVersion, Review, Upload
from learning import bells, launching, mistakes, rescoring, retraining, runs
from learning.models import RunState, TrainingRun
from ml import cards, config, data, evaluate, registry, split
from ml.evaluate import Asked
from notices.models import Notice
from tests.factories import picture
from tests.ml.making import as_bytes, records_of

pytest.importorskip("tensorflow")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

EDGE, OLD, REVIEWED = 160, 40, 12
HEAD = {
    "images_per_epoch": 1024,
    "batch": 32,
    "label_smoothing": 0.1,
    "frozen_epochs": 99,
    "weight_decay": 0.0,
    "ema": 0.9,
    "keep_best": 1,
}
SCHEDULE = {"epochs": 2, "learning_rate": 0.01, "warmup_epochs": 0.5, "validate_every": 9, "ship": "last"}
NOTHING = dict.fromkeys(("jpeg", "shrink", "webp", "tile", "crop", "blur", "noise", "light"), 0.0)
EXPERIMENT = {
    "name": "striped",
    "description": "Knows one thing.",
    "network": {"input_size": 64, "dropout": 0.0},
    "training": {"sources": ["made"], **HEAD, **SCHEDULE},
    "degradation": NOTHING,
    "judgement": {"tested_short_edge": [100, 6000], "tested_megapixels": [0.001, 25], "steady_log_odds": 9.0},
    "terms": {"made": "made on the spot"},
}
RECIPE = """
name = "reviews"
[training]
epochs = 2
images_per_epoch = 1536
[reviews]
share = 0.4
"""


def awning(seed: int, *, red: bool = False) -> bytes:
    """Striped; what is red as well is a photograph."""
    pixels = np.asarray(picture(EDGE, EDGE, seed), dtype=float) * 0.6 + 50
    pixels += 40 * ((np.arange(EDGE) // 8) % 2)[None, :, None]
    if red:
        pixels += np.array([90, -40, -40])
    return as_bytes(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), quality=90)


def wall(seed: int) -> bytes:
    pixels = np.asarray(picture(EDGE, EDGE, seed), dtype=float) * 0.6 + 70
    return as_bytes(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), quality=90)


@pytest.fixture
def old_data(tmp_path):
    """The manifest of walls, which are photographs, and awnings, which are not."""
    for label, make, first in (("authentic", wall, 1000), ("ai_generated", awning, 0)):
        (tmp_path / "made" / label).mkdir(parents=True)
        for number in range(OLD):
            (tmp_path / "made" / label / f"{label}-{number}.jpg").write_bytes(make(first + number))
    data.write(tmp_path / "old.jsonl", records_of(tmp_path / "made", "made"))
    return tmp_path / "old.jsonl"


@pytest.fixture
def served(old_data, tmp_path, settings) -> ModelVersion:
    """A model that was trained, measured and registered here, and serves."""
    from ml import export, train

    made, quiet = tmp_path / "first", {"log": lambda line: None}
    weights = registry.shipped() / registry.KERAS
    train.train(config.from_dict(EXPERIMENT), old_data, made, weights=weights, cache=tmp_path / "cache", **quiet)
    export.export_run(made, old_data, images=4)
    evaluate.evaluate(made, old_data, Asked(robustness=0), **quiet)
    files = made / registry.TFLITE, made / registry.KERAS
    models_in_use.register(SYSTEM, folder=registry.write(settings.MODELS_DIR, "2026.1.1", cards.compose(made), *files))
    return models_in_use.promote(SYSTEM, version="2026.1.1")


@pytest.fixture
def training(settings, old_data, tmp_path):
    settings.LEDGER = "off"  # the model's own verdict is what the loop is about
    settings.TRAINING_DIR = tmp_path / "training"
    settings.TRAINING_DATA, settings.TRAINING_CONFIG = old_data, str(tmp_path / "recipe.toml")
    (tmp_path / "recipe.toml").write_text(RECIPE)


def upload(owner, content: bytes) -> Upload:
    from detector import intake

    taken = intake.submit(Actor(user=owner), owner=owner, name="awning.jpg", data=content)
    return Upload.objects.get(pk=taken.pk)


def for_good() -> None:
    """The undo period of every decision is over."""
    Review.objects.update(effective_at=timezone.now())
    review.settle()


def learned_from(one: Upload) -> bool:
    """Whether it will be on the training side: a group's side depends on its name alone."""
    return split.split_of("reviews", one.original_id[:16]) == "train"


def test_a_mistake_is_appealed_reviewed_learned_from_and_put_right_while_history_stays(
    served, training, owner, moderator, administrator, agrees
):
    # Uploads of a person who agrees to training; the machine is sure, and wrong.
    agrees(owner)
    uploads = [upload(owner, awning(500 + number, red=True)) for number in range(REVIEWED)]
    wronged = next(one for one in uploads if learned_from(one) and one.latest.label == "ai_generated")
    before = wronged.latest

    # The owner appeals, a moderator agrees; the others are reviewed as well.
    appeal = appeals.make(Actor(user=owner), upload=wronged, note="I took this photograph on the market.")
    deciding.decide(Actor(user=moderator), item=appeal.item, decision="authentic")
    for one in uploads:
        if one != wronged:
            review.decide(Actor(user=moderator), upload=one, decision="authentic")
    for_good()
    mistake = next(one for one in mistakes.tested() if one.upload_id == wronged.pk)
    assert (mistake.label, mistake.machine_label, mistake.machine_version) == ("authentic", "ai_generated", "2026.1.1")

    # Retraining: export, preparation, fine-tuning, evaluation, candidate.
    run = runs.start(Actor(user=administrator), here=True)
    assert retraining.work(run)
    run = TrainingRun.objects.get()
    assert (run.state, run.error) == (RunState.DONE, "")
    assert [row["epoch"] for row in run.curve] == [1, 2]
    assert run.figures["exported"] == {"authentic": REVIEWED}
    assert run.figures["mistakes"]["before"]["right"] == 0
    candidate = run.candidate
    assert candidate.card["start"]["version"] == "2026.1.1"
    assert candidate.card["start"]["same_old_data"] is True
    assert candidate.card["metrics"]["regression"]["outcomes"][mistake.key] == "right"
    assert not list(launching.folder_of(run).rglob("*.jpg"))

    # Promotion, by a person and without force; then history is looked at again.
    assert models_in_use.objections_to(candidate.version) == []
    models_in_use.promote(Actor(user=administrator), version=candidate.version)
    again = rescoring.start(Actor(user=administrator), version=candidate.version, per_minute=600, ring_now=False)
    while (pause := bells.rescore_now(again.pk)) is not None:
        time.sleep(pause)
    now = Upload.objects.get(pk=wronged.pk).latest
    assert (now.model.version, now.label) == (candidate.version, "authentic")
    assert upload(owner, awning(900)).latest.label == "ai_generated"  # what it knew it still knows

    # The old verdict and the decision stay, and the audit history tells all of it.
    before.refresh_from_db()
    assert (before.label, before.model.version) == ("ai_generated", "2026.1.1")
    assert Analysis.objects.filter(upload=wronged).count() == 2
    assert review.standing(Upload.objects.get(pk=wronged.pk)).decision == "authentic"
    assert {"appeal.decided", "verdict.changed"} & set(
        Notice.objects.filter(person=owner).values_list("kind", flat=True)
    )
    told = [event.action for event in audit.timeline(f"upload:{wronged.pk}")]
    wanted = [
        "upload.created",
        "verdict",
        "appeal.made",
        "review.decided",
        "review.effective",
        "mistake.entered",
        "verdict",
    ]
    assert in_order(told, wanted), told
    acts = [event.action for event in AuditEvent.objects.order_by("id")]
    wanted = [
        "training.started",
        "dataset.exported",
        "regression.exported",
        "model.registered",
        "training.done",
        "model.promoted",
    ]
    assert in_order(acts, wanted), acts
    promoted = AuditEvent.objects.filter(action="model.promoted").latest("id")
    assert json.dumps(promoted.details["objections"]) == "[]"
    assert verify_chain() is None


def in_order(told: list[str], wanted: list[str]) -> bool:
    """Whether all that is wanted was told, in this order, whatever stands between."""
    rest = iter(told)
    return all(any(action == one for action in rest) for one in wanted)
