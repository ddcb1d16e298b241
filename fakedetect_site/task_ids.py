"""The id of a request goes on with the work that a worker does for it, into its log lines and its audit events."""

from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from fakedetect_site.middleware import request_id

_NONE = "-"


@before_task_publish.connect  # type: ignore[untyped-decorator]
def _carry(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is not None and request_id.get() != _NONE:
        headers["request_id"] = request_id.get()


@task_prerun.connect  # type: ignore[untyped-decorator]
def _take_up(task_id: str, task: Any, **kwargs: Any) -> None:
    """What nobody asked for (beat) goes by the id of its task."""
    request_id.set(str(getattr(task.request, "request_id", None) or task_id))


@task_postrun.connect  # type: ignore[untyped-decorator]
def _lay_down(**kwargs: Any) -> None:
    request_id.set(_NONE)
