"""manage.py export_dataset OUT"""

from learning import dataset
from learning.management.exporting import ExportCommand


class Command(ExportCommand):
    help = (
        "Write the reviewed images whose owners agreed to training, with their labels, as a manifest that "
        "prepare_dataset reads. The files are exactly as they were uploaded, metadata included."
    )
    act = staticmethod(dataset.export)
    then = "Next: manage.py prepare_dataset reviews={manifest} --out reviews-prepared.jsonl"
