"""What the commands that promote a model share: two options and one refusal."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from detector import models_in_use
from detector.errors import NoModel, PromotionRefused
from detector.models import ModelVersion


def add_arguments(parser: ArgumentParser) -> None:
    """--force and --reason."""
    parser.add_argument("--force", action="store_true", help="let it serve in spite of objections; needs --reason")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; it stands in the audit history")


def check(options: Mapping[str, Any]) -> None:
    """Before anything is done.

    Raises:
        CommandError: --force without --reason.
    """
    if options["force"] and not options["reason"].strip():
        raise CommandError("--force needs --reason TEXT: what stands against the model must be answered in writing.")


def promote(version: str, options: Mapping[str, Any]) -> ModelVersion:
    """Let this version serve.

    Raises:
        CommandError: it is not registered, its files are not what was registered, or there are objections.
    """
    try:
        return models_in_use.promote(None, version=version, reason=options["reason"], force=options["force"])
    except PromotionRefused as error:
        listed = "\n".join(f"  - {objection}" for objection in error.objections)
        raise CommandError(
            f"Model {version} was not promoted:\n{listed}\nTo let it serve all the same: --force --reason TEXT"
        ) from error
    except NoModel as error:
        raise CommandError(str(error)) from error
