"""What stands against a model that wants to serve, beyond its card: mistakes that it was never tested on."""

from detector.models import ModelVersion
from learning import mistakes
from ml.promotion import outcomes
from ml.sentences import say, say_many


def objections(candidate: ModelVersion, served: ModelVersion | None) -> list[str]:
    """A sentence where the candidate's card does not speak of every confirmed mistake of now."""
    if served is None or candidate.pk == served.pk:
        return []
    wanted = {mistake.key for mistake in mistakes.tested()}
    if not (untested := wanted - outcomes(candidate.card).keys()):
        return []
    lists = say("export_regression lists them, and evaluate_model --regression tests a run on them.")
    return [
        say_many(
            "It was not tested on the confirmed mistake of this site: {lists}",
            "It was not tested on {untested} of {count} confirmed mistakes of this site: {lists}",
            count=len(wanted),
            untested=len(untested),
            lists=lists,
        )
    ]
