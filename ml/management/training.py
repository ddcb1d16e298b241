"""The modules that need TensorFlow, or one sentence that says how to get it."""

import importlib
from types import ModuleType

from django.core.management.base import CommandError


def training_modules(*names: str) -> list[ModuleType]:
    """Import modules of `ml` that train.

    Raises:
        CommandError: TensorFlow or Keras is not installed.
    """
    try:
        importlib.import_module("tensorflow")
        return [importlib.import_module(f"ml.{name}") for name in names]
    except ModuleNotFoundError as error:
        raise CommandError("Training needs TensorFlow: run `make setup-train`") from error
