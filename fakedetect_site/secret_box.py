"""Boxes that only this site opens: what must be read again, and shall tell nothing to who reads the data base alone.

Their keys are derived from SECRET_KEY, which is not in the data base, one for each purpose. A new SECRET_KEY opens
none of the old boxes.
"""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def box(purpose: str) -> Fernet:
    key = hashlib.sha256(f"fakedetect {purpose} {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
