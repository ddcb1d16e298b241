"""manage.py export_regression OUT"""

from learning import dataset
from learning.management.exporting import ExportCommand


class Command(ExportCommand):
    help = "Write the regression set, the confirmed mistakes, as a list that evaluate_model --regression reads."
    act = staticmethod(dataset.export_regression)
    then = "Next: manage.py evaluate_model RUN --data MANIFEST --regression {manifest}"
