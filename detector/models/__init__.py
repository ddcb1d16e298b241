"""Every table of the detector: uploads and verdicts, what people decided of them, and the folders they lie in."""

from detector.models.batches import Batch, BatchItem, BatchState, ItemState
from detector.models.cases import Case, CaseMember, CaseNote, CaseRole, CaseUpload
from detector.models.direct import DirectUpload
from detector.models.once import OnceKey
from detector.models.reviews import Decision, Occasion, Review
from detector.models.saved import SavedView
from detector.models.shares import ShareLink
from detector.models.tags import Tag, Tagging
from detector.models.uploads import (
    Analysis,
    Finding,
    Label,
    ModelVersion,
    Original,
    PictureHash,
    State,
    Upload,
)

__all__ = [
    "Analysis",
    "Batch",
    "BatchItem",
    "BatchState",
    "Case",
    "CaseMember",
    "CaseNote",
    "CaseRole",
    "CaseUpload",
    "Decision",
    "DirectUpload",
    "Finding",
    "ItemState",
    "Label",
    "ModelVersion",
    "Occasion",
    "OnceKey",
    "Original",
    "PictureHash",
    "Review",
    "SavedView",
    "ShareLink",
    "State",
    "Tag",
    "Tagging",
    "Upload",
]
