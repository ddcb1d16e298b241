"""A bucket whose failures are told like those of a folder."""

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from fakedetect_site.storage_faults import Telling


class BucketStorage(Telling, S3Storage):  # type: ignore[misc]  # the library is not annotated
    """The storage of a site with a bucket."""

    broken = (OSError, Boto3Error, BotoCoreError, ClientError)
