"""Pages about the product: help, the model's card, the API's documentation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from detector import models_in_use
from detector.models import ModelVersion
from ml import serve

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "detector/help.html", {"formats": serve.FORMATS})


@require_safe
def card(request: HttpRequest, version: str) -> HttpResponse:
    model = get_object_or_404(ModelVersion, version=version)
    # Safe: the Markdown renderer passes no HTML through, and the card is written from numbers.
    html = mark_safe(_markdown.render(serve.card_text(model.card)))  # noqa: S308
    context = {"version": version, "sha256": model.sha256, "is_current": model.is_current}
    return render(request, "detector/card.html", context | {"html": html, "card": model.card})


@require_safe
def current_card(request: HttpRequest) -> HttpResponse:
    return redirect("detector:card", models_in_use.current().version)


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "detector/api_docs.html")
