"""Multipart bodies of the API, with the file names that were really sent.

Django cleans names silently: "../../x.jpg" arrives as "x.jpg". A program that sends such a name is broken or
hostile, and is told so by names.py instead.
"""

import html
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http.multipartparser import MultiPartParser as DjangoMultiPartParser
from django.http.multipartparser import MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from detector import names
from detector.errors import Refused


class _HonestNames(DjangoMultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str | None:
        names.checked(html.unescape(file_name))
        return super().sanitize_file_name(file_name)


class MultiPartParser(BaseParser):
    media_type = "multipart/form-data"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        meta = request.META | {"CONTENT_TYPE": media_type}
        try:
            parser = _HonestNames(meta, stream, stream.upload_handlers, parser_context.get("encoding", "utf-8"))
            return DataAndFiles(*parser.parse())
        except MultiPartParserError as error:
            raise ParseError(f"The multipart body is broken: {error}.") from error
        except (TooManyFieldsSent, RequestDataTooBig) as error:
            raise ParseError("The multipart body has too many fields, or too much text in them.") from error
        except TooManyFilesSent as error:
            most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            raise Refused("too_many_files", f"A request has at most {most} files. Send a ZIP, or several.") from error
