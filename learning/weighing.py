"""What stands against a model that wants to serve, beyond its card: mistakes that it was never tested on."""

from detector.models import ModelVersion
from learning import mistakes
from ml.promotion import outcomes


def objections(candidate: ModelVersion, served: ModelVersion | None) -> list[str]:
    """A sentence where the candidate's card does not speak of every confirmed mistake of now."""
    if served is None or candidate.pk == served.pk:
        return []
    wanted = {mistake.key for mistake in mistakes.tested()}
    if not (untested := wanted - outcomes(candidate.card).keys()):
        return []
    whole = "the confirmed mistake" if len(wanted) == 1 else f"{len(wanted)} confirmed mistakes"
    count = "" if len(wanted) == 1 else f"{len(untested)} of "
    return [
        f"It was not tested on {count}{whole} of this site: export_regression lists them, and evaluate_model "
        "--regression tests a run on them."
    ]
