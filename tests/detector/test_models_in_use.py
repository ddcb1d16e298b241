"""Which model serves: the better one, an earlier one, or a worse one with a reason that stays."""

import json
import shutil

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import models_in_use
from detector.errors import NoModel, PromotionRefused
from detector.models import ModelVersion
from ml import registry, serve

pytestmark = pytest.mark.django_db
LIST = "/admin/detector/modelversion/"
REASON = "The other one misses our own fakes."


def share(value: float) -> dict:
    return {"value": value, "interval": [max(0, value - 0.02), value + 0.02]}


@pytest.fixture
def add(model, tmp_path, settings):
    """Register a copy of the model that ships whose card tells of this share of false alarms."""

    def act(version: str, false_alarms: float) -> ModelVersion:
        card = json.loads((serve.shipped() / "card.json").read_text())
        for row in card["metrics"]["never_trained"].values():
            row["false_alarms"] = share(false_alarms)
        files = serve.shipped() / "model.tflite", serve.shipped() / "model.keras"
        folder = registry.write(settings.MODELS_DIR, version, card, *files)
        return models_in_use.register(None, folder=folder)

    return act


@pytest.fixture
def worse(add):
    return add("2031.1.1", 0.4)


@pytest.fixture
def better(add):
    return add("2031.1.2", 0.0)


def promotions() -> list[dict]:
    events = AuditEvent.objects.filter(action="model.promoted").order_by("id")
    return [event.details | event.personal["private"] for event in events][1:]


def test_the_first_model_serves_without_a_question(model):
    assert model.is_current
    event = AuditEvent.objects.get(action="model.promoted")
    details = event.details | event.personal["private"]
    assert (details["from"], details["to"], details["objections"]) == (None, model.version, [])
    assert "no model served before" in details["reason"]


def test_a_better_model_takes_the_place_of_the_one_that_serves(model, better):
    models_in_use.promote(None, version=better.version)
    assert models_in_use.current() == better
    assert ModelVersion.objects.filter(is_current=True).count() == 1
    assert promotions() == [
        {"from": model.version, "to": "2031.1.2", "objections": [], "forced": False, "reason": ""},
    ]


def test_a_worse_model_is_refused_and_nothing_is_written(model, worse):
    with pytest.raises(PromotionRefused, match="False alarms on camera_originals") as refusal:
        models_in_use.promote(None, version=worse.version, reason=REASON)
    assert refusal.value.objections == models_in_use.objections_to(worse.version)
    assert models_in_use.current() == model
    assert promotions() == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_force_without_a_reason_is_refused(model, worse, reason):
    with pytest.raises(PromotionRefused):
        models_in_use.promote(None, version=worse.version, reason=reason, force=True)
    assert models_in_use.current() == model


def test_force_with_a_reason_lands_in_the_history_with_what_was_overruled(model, worse, administrator):
    models_in_use.promote(Actor(user=administrator), version=worse.version, reason=REASON, force=True)
    assert models_in_use.current() == worse
    (details,) = promotions()
    assert details["forced"] is True
    assert details["reason"] == REASON
    assert details["objections"][0].startswith("False alarms on camera_originals (never trained on) grew from")
    assert verify_chain() is None


def test_going_back_to_an_earlier_version_is_the_same_act(model, worse):
    models_in_use.promote(None, version=worse.version, reason=REASON, force=True)
    models_in_use.promote(None, version=model.version)
    assert models_in_use.current() == model
    assert [row["to"] for row in promotions()] == [worse.version, model.version]


def test_a_version_that_nobody_registered_cannot_serve(model):
    for act in (models_in_use.objections_to, lambda version: models_in_use.promote(None, version=version)):
        with pytest.raises(NoModel, match=r"No model 1\.1 is registered"):
            act("1.1")


def test_a_version_whose_files_are_gone_cannot_serve(model, better, settings):
    shutil.rmtree(settings.MODELS_DIR / better.version)
    models_in_use._load.cache_clear()
    with pytest.raises(NoModel, match="no card"):
        models_in_use.promote(None, version=better.version)
    assert models_in_use.current() == model


def as_shipped(model: ModelVersion, worse: ModelVersion, monkeypatch, settings) -> None:
    """As after an update: the release brings `worse`, and both versions lie in its folder."""
    monkeypatch.setattr(serve, "shipped", lambda: settings.MODELS_DIR / worse.version)
    shutil.copytree(settings.MODELS_DIR.parent / "kept", settings.MODELS_DIR / model.version)
    ModelVersion.objects.filter(pk=worse.pk).update(folder=f"shipped:{worse.version}")
    models_in_use._folder.cache_clear()


@pytest.fixture
def updated(model, worse, monkeypatch, settings):
    shutil.copytree(serve.shipped(), settings.MODELS_DIR.parent / "kept")
    as_shipped(model, worse, monkeypatch, settings)
    yield worse
    models_in_use._folder.cache_clear()


def test_a_newer_release_is_never_stopped_and_what_stands_against_it_is_written_down(model, updated):
    assert models_in_use.ensure_shipped() == updated
    (details,) = promotions()
    assert details["forced"] is True
    assert details["reason"] == f"Shipped with this release in the place of {model.version}; the release has chosen it."
    assert details["objections"]


def test_who_went_back_to_an_earlier_shipped_model_keeps_it_at_the_next_start(model, updated):
    models_in_use.ensure_shipped()
    models_in_use.promote(None, version=model.version)
    assert models_in_use.ensure_shipped() == model
    assert models_in_use.current() == model


def test_a_newer_release_does_not_replace_a_model_that_was_trained_here(better, updated):
    models_in_use.promote(None, version=better.version)
    assert models_in_use.ensure_shipped() == better


def test_the_command_promotes_and_says_so(better, capsys):
    call_command("promote_model", better.version)
    assert capsys.readouterr().out == "Model 2031.1.2 serves.\n"
    assert models_in_use.current() == better


def test_the_command_lists_what_stands_against_a_model(model, worse):
    with pytest.raises(CommandError, match=r"not promoted:\n  - False alarms .*\nTo let it serve .* --force --reason"):
        call_command("promote_model", worse.version)
    assert models_in_use.current() == model


def test_the_command_forces_with_a_reason_only(worse):
    with pytest.raises(CommandError, match="--force needs --reason"):
        call_command("promote_model", worse.version, "--force")
    call_command("promote_model", worse.version, "--force", "--reason", REASON)
    assert models_in_use.current() == worse
    assert promotions()[0]["reason"] == REASON


def test_the_command_says_that_a_version_is_not_registered(model):
    with pytest.raises(CommandError, match="No model 9 is registered"):
        call_command("promote_model", "9")


@pytest.fixture
def run(model, tmp_path):
    """A finished run whose evaluation tells of many false alarms."""
    folder, card = tmp_path / "run", json.loads((serve.shipped() / "card.json").read_text())
    shutil.copytree(serve.shipped(), folder)
    card["metrics"]["never_trained"]["camera_originals"]["false_alarms"] = share(0.4)
    described = {"experiment": card["experiment"], "data_sha256": "d", "images": card["data"]["images"]}
    (folder / "run.json").write_text(json.dumps(described))
    (folder / "evaluation.json").write_text(json.dumps({"decision": card["decision"], **card["metrics"]}))
    (folder / "history.csv").write_text("epoch,seconds\n1,2.5\n")
    return folder


def test_a_worse_run_is_registered_and_does_not_serve(model, run, capsys):
    with pytest.raises(CommandError, match=r"Model 2031\.1\.5 was not promoted:\n  - False alarms"):
        call_command("register_model", str(run), "--version", "2031.1.5", "--promote")
    assert "Registered 2031.1.5" in capsys.readouterr().out
    assert ModelVersion.objects.filter(version="2031.1.5", is_current=False).exists()
    assert models_in_use.current() == model


def test_a_worse_run_serves_when_it_is_forced_with_a_reason(run):
    words = ["--version", "2031.1.5", "--promote", "--force"]
    with pytest.raises(CommandError, match="--force needs --reason"):
        call_command("register_model", str(run), *words)
    assert not ModelVersion.objects.filter(version="2031.1.5").exists()
    call_command("register_model", str(run), *words, "--reason", REASON)
    assert models_in_use.current().version == "2031.1.5"
    assert promotions()[0]["reason"] == REASON


def ask(client: Client, *models: ModelVersion, **fields):
    return client.post(LIST, {"action": "promote", "_selected_action": [m.pk for m in models], **fields})


def test_the_admin_asks_before_a_better_model_serves(model, better, as_administrator, administrator):
    page = ask(as_administrator, better)
    assert f"It takes the place of {model.version}" in page.content.decode()
    assert "What stands against it" not in page.content.decode()
    assert models_in_use.current() == model
    assert ask(as_administrator, better, sure="yes").status_code == 302
    assert models_in_use.current() == better
    assert AuditEvent.objects.filter(action="model.promoted").latest("id").actor == f"user:{administrator.pk}"


def test_the_admin_shows_objections_and_wants_a_reason(model, worse, as_administrator):
    text = ask(as_administrator, worse).content.decode()
    assert "False alarms on camera_originals (never trained on) grew from" in text
    again = ask(as_administrator, worse, sure="yes", forced="yes", reason=" ").content.decode()
    assert "Write down why" in again
    assert "What stands against it" in again
    assert models_in_use.current() == model
    assert ask(as_administrator, worse, sure="yes", forced="yes", reason=REASON).status_code == 302
    assert models_in_use.current() == worse
    assert promotions()[0]["reason"] == REASON


def test_a_page_that_showed_no_objection_forces_nothing(model, worse, as_administrator):
    assert "What stands against it" in ask(as_administrator, worse, sure="yes", reason=REASON).content.decode()
    assert models_in_use.current() == model


def test_one_version_at_a_time(model, worse, better, as_administrator):
    answer = as_administrator.post(
        LIST, {"action": "promote", "_selected_action": [worse.pk, better.pk], "sure": "yes"}, follow=True
    )
    assert "Choose one version" in answer.content.decode()
    assert models_in_use.current() == model


def test_moderators_neither_see_the_action_nor_use_it(model, better, as_moderator):
    assert "Let this model serve" not in as_moderator.get(LIST).content.decode()
    ask(as_moderator, better, sure="yes")
    assert models_in_use.current() == model


def test_a_form_of_another_site_promotes_nothing(model, better, administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    assert ask(client, better, sure="yes").status_code == 403
    assert models_in_use.current() == model


def test_what_is_written_on_a_card_is_shown_as_text(model, add, as_administrator):
    row = add("2031.1.3", 0.4)
    metrics = row.card["metrics"]
    metrics["test"]["<script>alert(1)</script>"] = {"images": 5, "missed": share(0.9)}
    ModelVersion.objects.filter(pk=row.pk).update(card=row.card)
    served = model.card
    served["metrics"]["test"]["<script>alert(1)</script>"] = {"images": 5, "missed": share(0.1)}
    ModelVersion.objects.filter(pk=model.pk).update(card=served)
    text = ask(as_administrator, row).content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
