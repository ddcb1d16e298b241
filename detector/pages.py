"""Pages about the product: help, the model's card, the API's documentation."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from detector import card_page, models_in_use, signal_help
from detector.models import ModelVersion
from ml import serve

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "detector/help.html", {"formats": serve.FORMATS})


@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    known = [(one, _html(one.lead)) for one in signal_help.everything()]
    return render(request, "detector/signals.html", {"known": known})


@require_safe
def signal(request: HttpRequest, name: str) -> HttpResponse:
    found = signal_help.of(name)
    if found is None:
        raise Http404("No signal has this name.")
    context = {"signal": found, "html": _html(found.markdown), "known": signal_help.everything()}
    return render(request, "detector/signal_help.html", context)


@require_safe
def card(request: HttpRequest, version: str) -> HttpResponse:
    model = get_object_or_404(ModelVersion, version=version)
    html = _html(serve.card_text(model.card))
    context = {"version": version, "sha256": model.sha256, "is_current": model.is_current}
    context |= {"html": html, "card": model.card, "drawn": card_page.of(model.card)}
    return render(request, "detector/card.html", context)


@require_safe
def current_card(request: HttpRequest) -> HttpResponse:
    return redirect("detector:card", models_in_use.current().version)


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "detector/api_docs.html")


def _html(markdown: str) -> SafeString:
    # Safe: the Markdown renderer passes no HTML through, and what it is given is written by the project.
    html: str = _markdown.render(markdown)
    return mark_safe(html)  # noqa: S308
