"""The API's door of the search by picture."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests import actor_of, base_of, person_of
from detector import files, picture_search
from detector.api_shapes import ErrorShape, FoundCopyShape
from detector.parsers import MultiPartParser

_ERRORS = dict.fromkeys((400, 401, 403, 413, 415, 503), ErrorShape)


class PictureRequestShape(serializers.Serializer[None]):
    image = serializers.FileField(help_text="Decoded as an upload is, and not kept.")


class PictureFoundShape(serializers.Serializer[None]):
    sha256 = serializers.CharField()
    like = serializers.CharField(allow_null=True, help_text="Its fingerprint; null: too plain to be found in copies.")
    copies = FoundCopyShape(many=True)
    more = serializers.BooleanField(help_text="Whether there are more than are listed.")
    uploads = serializers.URLField(help_text="The same as a list of uploads, for other filters and page by page.")


@extend_schema(  # type: ignore[untyped-decorator]
    operation_id="uploads_search",
    request={"multipart/form-data": PictureRequestShape},
    responses={200: PictureFoundShape} | _ERRORS,
)
@api_view(["POST"])
@parser_classes([MultiPartParser])
def search(request: Request) -> Response:
    """Uploads of this picture that you may see, oldest first: the same file, and copies of it. It is not kept."""
    data = files.read(request.FILES.get("image"))
    sought = picture_search.ask(actor_of(request), person=person_of(request), data=data)
    base = base_of(request)
    uploads = f"{base}{reverse('api:upload-list')}?{sought.query}"
    return Response(picture_search.found(sought, request.user, base) | {"uploads": uploads})
