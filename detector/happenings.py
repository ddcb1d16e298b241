"""What happens here and others may want to know, so that the detector need not know them.

Verdicts are told of the first model that looked at an upload. What a later one finds when history is scored again
changes what is shown and rings for nobody: whoever scores again tells each owner once.

Each is sent inside the transaction of the act: what a receiver writes is kept with it, or not at all. A receiver must
be quick, and slow work of its own is announced with `on_commit`.
"""

from django.dispatch import Signal

verdict_given = Signal()  # analysis=Analysis, as it was finished: the first verdict
verdict_revised = Signal()  # analysis=Analysis, before=str: evidence changed the label
review_given = Signal()  # review=Review, just made: it can still be taken back
review_undone = Signal()  # review=Review: it was taken back
verdict_settled = Signal()  # analysis=Analysis: its ledger is in, or will never be; nothing changes by itself any more
review_effective = Signal()  # review=Review: its undo period is over, and it still stands
case_joined = Signal()  # case=Case, person=User, role=str, by=str (a username): somebody else made this person a member
model_weighed = Signal()  # candidate=ModelVersion, served=ModelVersion|None: answers with objections, a sentence each
files_checked = Signal()  # digests=bool: answers with what is wrong with files of theirs, a sentence each
analysis_failed = Signal()  # analysis=Analysis: it ended without a verdict
callback_given = Signal()  # upload=Upload, url=str: its owner wants this address told; whoever hears it makes it so
callback_asked = Signal()  # upload=Upload: answers with what is told of its callback, a dict, or None
upload_deleting = Signal()  # upload=Upload, its row still there
