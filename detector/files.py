"""From an uploaded file of a request to the service that takes bytes."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.audit import Actor
from accounts.models import User
from detector import intake, particulars
from detector.errors import Refused, refused
from detector.limits import limits
from detector.models import Upload
from detector.particulars import Particulars
from detector.upload_handler import TooLargeFile
from fakedetect_site import meters
from ml.serve import too_large


def submit(
    actor: Actor, owner: User, file: "UploadedFile[bytes] | None", told: Particulars = particulars.NONE
) -> Upload:
    """Hand one file of a form in.

    Raises:
        Refused: no file, too large, or whatever intake finds.
    """
    with meters.upload():
        data, name = read(file), file.name if file and file.name else "image"
        return intake.submit(actor, owner=owner, name=name, data=data, told=told)


def read(file: "UploadedFile[bytes] | None") -> bytes:
    """The bytes of one file of a form.

    Raises:
        Refused: no_file, file_too_large.
    """
    if file is None:
        raise Refused("no_file", _("Send one file in the field 'image'."))
    if isinstance(file, TooLargeFile):
        raise refused(too_large(limits()))
    data: bytes = file.read()
    return data
