"""Which model serves: register, promote, current, and its scorer, loaded once a process."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector.errors import NoModel
from detector.models import ModelVersion
from ml import serve

if TYPE_CHECKING:
    from ml.serve import Scorer

_INSIDE = "shipped:"  # folders of the checkout are kept by name, so that the checkout may move


@transaction.atomic
def register(actor: Actor | None, *, folder: Path) -> ModelVersion:
    """Make a model folder known; a folder that is known already is only checked again.

    Raises:
        NoModel: the folder's digests do not match, or its version is taken by another model.
    """
    info = _load(folder).info
    known = ModelVersion.objects.filter(version=info.version).first()
    if known and known.sha256 != info.sha256:
        raise NoModel(f"Version {info.version} is registered with another digest. Choose a new version.")
    if known:
        return known
    values = {"sha256": info.sha256, "folder": _kept(folder), "card": dict(info.card)}
    made = ModelVersion.objects.create(version=info.version, **values)
    audit.record(actor or SYSTEM, "model.registered", target=f"model:{made.version}", details={"sha256": made.sha256})
    return made


@transaction.atomic
def promote(actor: Actor | None, *, version: str, reason: str = "") -> ModelVersion:
    """Make this version the one that scores; verdicts of earlier models stay as they are.

    Raises:
        NoModel: it is not registered, or its files are not what was registered.
    """
    chosen = ModelVersion.objects.filter(version=version).first()
    if chosen is None:
        raise NoModel(f"No model {version} is registered.")
    scorer_of(chosen)
    ModelVersion.objects.filter(is_current=True).exclude(pk=chosen.pk).update(is_current=False)
    ModelVersion.objects.filter(pk=chosen.pk).update(is_current=True, promoted_at=timezone.now())
    audit.record(actor or SYSTEM, "model.promoted", target=f"model:{version}", details={"reason": reason})
    chosen.refresh_from_db()
    return chosen


def ensure_shipped() -> ModelVersion:
    """On a fresh installation: register the model that ships and let it serve. Later: keep what was chosen.

    A newer shipped model replaces an older shipped one, never one that was trained here.
    """
    shipped = register(None, folder=_shipped())
    served = ModelVersion.objects.filter(is_current=True).first()
    if served is None or (served != shipped and served.folder.startswith(_INSIDE)):
        return promote(None, version=shipped.version, reason="shipped with this release")
    return served


def current() -> ModelVersion:
    """The model in service.

    Raises:
        NoModel: there is none.
    """
    served = ModelVersion.objects.defer("card").filter(is_current=True).first()
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


def scorer_for_shell() -> "Scorer":
    """The model in service; without a data base that knows one, the model that ships."""
    try:
        return current_scorer()
    except (NoModel, DatabaseError):
        return _load(_shipped())
