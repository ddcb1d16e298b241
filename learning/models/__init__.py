"""Every table of learning: confirmed mistakes, training runs, history scored again, shadows, weekly counts."""

from learning.models.drift import CountCursor, DriftAlarm, WeeklyCount
from learning.models.mistakes import Departure, Mistake
from learning.models.rescoring import Rescoring, RescoringState, VerdictChange
from learning.models.runs import RunState, Stage, TrainingRun
from learning.models.shadow import Shadow, ShadowEnd, ShadowScore

__all__ = [
    "CountCursor",
    "Departure",
    "DriftAlarm",
    "Mistake",
    "Rescoring",
    "RescoringState",
    "RunState",
    "Shadow",
    "ShadowEnd",
    "ShadowScore",
    "Stage",
    "TrainingRun",
    "VerdictChange",
    "WeeklyCount",
]
