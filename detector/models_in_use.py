"""Which model serves: register, promote, current, and its scorer, loaded once a process."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector import happenings
from detector.errors import NoModel, PromotionRefused
from detector.models import ModelVersion, Upload
from ml import serve

if TYPE_CHECKING:
    from ml.serve import ModelInfo, Scorer

_INSIDE = "shipped:"  # folders of the checkout are kept by name, so that the checkout may move


def register(actor: Actor | None, *, folder: Path) -> ModelVersion:
    """Make a model folder known; a folder that is known already is only checked again.

    Raises:
        NoModel: the folder's digests do not match, or its version is taken by another model.
    """
    info = read(folder)
    with transaction.atomic():
        return _known_or_made(actor or SYSTEM, info, folder)


def read(folder: Path) -> "ModelInfo":
    """What a model folder says of itself, its files checked: once a process, and never while a transaction waits.

    Raises:
        NoModel: its files are not what its card says.
    """
    return _load(folder).info


def _known_or_made(actor: Actor, info: "ModelInfo", folder: Path) -> ModelVersion:
    known = ModelVersion.objects.filter(version=info.version).first()
    if known and known.sha256 != info.sha256:
        raise NoModel(f"Version {info.version} is registered with another digest. Choose a new version.")
    if known:
        return known
    values = {"sha256": info.sha256, "folder": _kept(folder), "card": dict(info.card)}
    made = ModelVersion.objects.create(version=info.version, **values)
    _record(actor, "model.registered", made, {"sha256": made.sha256})
    return made


def promote(actor: Actor | None, *, version: str, reason: str = "", force: bool = False) -> ModelVersion:
    """Make this version the one that scores; verdicts of earlier models stay as they are.

    Going back to an earlier version is the same act. `force` with a reason overrules objections.

    Raises:
        NoModel: it is not registered, or its files are not what was registered.
        PromotionRefused: it is worse than the model in service, and was not forced with a reason.
    """
    chosen = _registered(version)
    scorer_of(chosen)  # reads the files, hence before the transaction
    with transaction.atomic():
        return _replace(actor or SYSTEM, chosen, reason.strip(), force)


def objections_to(version: str) -> list[str]:
    """What `promote` would object to now, one sentence each.

    Raises:
        NoModel: it is not registered.
    """
    return _objections(_registered(version), in_service())


def ensure_shipped() -> ModelVersion:
    """On a fresh installation: register the model that ships and let it serve. Later: keep what was chosen.

    A newer shipped model replaces an older shipped one once, never one that was trained here. What stands against it
    is written down and does not stop the start: the release has chosen.
    """
    shipped, served = register(None, folder=_shipped()), in_service()
    if served is None:
        return promote(None, version=shipped.version, reason="Shipped with this release; no model served before.")
    if shipped.promoted_at is None and served.folder.startswith(_INSIDE):
        reason = f"Shipped with this release in the place of {served.version}; the release has chosen it."
        return promote(None, version=shipped.version, reason=reason, force=True)
    return served


def _replace(actor: Actor, chosen: ModelVersion, reason: str, force: bool) -> ModelVersion:
    list(ModelVersion.objects.select_for_update().order_by("pk").values_list("pk", flat=True))  # one after the other
    served = in_service()
    against = _objections(chosen, served)
    if against and not (force and reason):
        raise PromotionRefused(chosen.version, against)
    ModelVersion.objects.filter(is_current=True).exclude(pk=chosen.pk).update(is_current=False)
    ModelVersion.objects.filter(pk=chosen.pk).update(is_current=True, promoted_at=timezone.now())
    details = {
        "from": served.version if served else None,
        "to": chosen.version,
        "objections": against,
        "forced": bool(against),
    }
    _record(actor, "model.promoted", chosen, details, {"reason": reason})
    chosen.refresh_from_db()
    return chosen


def _record(
    actor: Actor, action: str, model: ModelVersion, details: dict[str, Any], private: dict[str, str] | None = None
) -> None:
    facts: dict[str, Any] = {"target": f"model:{model.version}", "model": model.version}
    audit.record(actor, action, details=details, private=private, **facts)


def _objections(chosen: ModelVersion, served: ModelVersion | None) -> list[str]:
    """What the two cards say, and what those know who hold more than cards."""
    answers = happenings.model_weighed.send(ModelVersion, candidate=chosen, served=served)
    told = [sentence for _, found in answers for sentence in found or ()]
    return [*serve.objections(chosen.card, served.card if served else None), *told]


def _registered(version: str) -> ModelVersion:
    chosen = ModelVersion.objects.filter(version=version).first()
    if chosen is None:
        raise NoModel(f"No model {version} is registered.")
    return chosen


def in_service() -> ModelVersion | None:
    """The same as `current`, for those who can do without."""
    return ModelVersion.objects.defer("card").filter(is_current=True).first()


def current() -> ModelVersion:
    """The model in service.

    Raises:
        NoModel: there is none.
    """
    served = in_service()
    if served is None:
        raise NoModel("No model is in service. Run `manage.py bootstrap`, or register and promote one.")
    return served


def current_scorer() -> "Scorer":
    return scorer_of(current())


def scorer_of(model: ModelVersion) -> "Scorer":
    """The scorer of a version, loaded at its first use and kept.

    Raises:
        NoModel: the files are gone, or are not those that were registered.
    """
    scorer = _load(_folder(model.folder))
    if scorer.info.sha256 != model.sha256:
        raise NoModel(f"The files of model {model.version} are not those that were registered.")
    return scorer


def card_of(model: ModelVersion) -> Mapping[str, Any]:
    """The registered card; read once a process, since a version never changes."""
    return _card(model.pk, model.sha256)


@lru_cache(maxsize=16)
def _card(pk: int, sha256: str) -> Mapping[str, Any]:
    card: Mapping[str, Any] = ModelVersion.objects.values_list("card", flat=True).get(pk=pk)
    return card


@lru_cache(maxsize=16)
def _folder(kept: str) -> Path:
    if kept.startswith(_INSIDE):
        return _shipped().parent / kept.removeprefix(_INSIDE)
    return Path(kept)


def _kept(folder: Path) -> str:
    inside = folder.resolve().parent == _shipped().resolve().parent
    return f"{_INSIDE}{folder.name}" if inside else str(folder.resolve())


def _shipped() -> Path:
    try:
        return serve.shipped()
    except serve.ModelRefused as error:
        raise NoModel(str(error)) from error


@lru_cache(maxsize=4)
def _load(folder: Path) -> "Scorer":
    try:
        return serve.load(folder)
    except serve.ModelRefused as error:
        raise NoModel(str(error)) from error


def version_of(upload: Upload) -> str:
    """Which model gave the newest answer of an upload, for the history; empty where none did."""
    latest = upload.latest
    return latest.model.version if latest else ""


def folder_of(model: ModelVersion) -> Path:
    """Where the files of a version lie."""
    return _folder(model.folder)


def folder_for_shell() -> Path:
    """The folder of the model in service; without a data base that knows one, of the model that ships."""
    try:
        return folder_of(current())
    except (NoModel, DatabaseError):
        return _shipped()


def scorer_for_shell() -> "Scorer":
    """The model in service; without a data base that knows one, the model that ships."""
    try:
        return current_scorer()
    except (NoModel, DatabaseError):
        return _load(_shipped())
