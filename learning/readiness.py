"""What a training run needs, told before it is started: a sentence for each thing that is missing."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import consent
from accounts.models import Purpose
from detector import models_in_use
from detector.models import Decision, ModelVersion, Upload
from learning import mistakes

NO_TENSORFLOW = gettext_noop("Training needs TensorFlow, which is not installed here: run `make setup-train`.")
_NOTHING = gettext_noop("There is nothing to learn from: no image was decided on whose owner agrees to training.")
_NO_OLD = gettext_noop(
    "The data that the model in service was trained on are not at hand: set FAKEDETECT_TRAINING_DATA to their "
    "manifest, or train on the reviews alone."
)


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to learn from and to test with; `old` is the manifest of the old data, None where there is none."""

    reviewed: int
    mistakes: int
    old: Path | None


def material() -> Material:
    """As of now."""
    return Material(_reviewed(), len(mistakes.tested()), old_data())


def obstacles(served: ModelVersion, *, only_new: bool, here: bool = False) -> list[str]:
    """What stops a run. With a broker the run may be on another machine, which says for itself what it lacks."""
    elsewhere = bool(settings.CELERY_BROKER_URL) and not here
    found = [] if elsewhere or has_tensorflow() else [_(NO_TENSORFLOW)]
    if not _reviewed():
        found.append(_(_NOTHING))
    if not (only_new or elsewhere or old_data()):
        found.append(_(_NO_OLD))
    if not (elsewhere or (models_in_use.folder_of(served) / "model.keras").is_file()):
        sentence = _("Version %(version)s has no model.keras: nothing can go on from it.")
        found.append(sentence % {"version": served.version})
    return found


def has_tensorflow() -> bool:
    """Whether it is installed; it is looked for, never loaded."""
    return find_spec("tensorflow") is not None and find_spec("keras") is not None


def old_data() -> Path | None:
    """The manifest that the settings name, where it is there."""
    path = Path(settings.TRAINING_DATA)
    return path if path.is_file() else None


def _reviewed() -> int:
    """Images with a decision that is for good and not unsure, of owners who agree."""
    uploads = Upload.objects.filter(
        owner__in=consent.people(Purpose.TRAINING),
        reviews__undone_at=None,
        reviews__effective_at__lte=timezone.now(),
        reviews__decision__in=[Decision.AUTHENTIC, Decision.AI_GENERATED, Decision.MANIPULATED],
    )
    return uploads.values("original").distinct().count()
