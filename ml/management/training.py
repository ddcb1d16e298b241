"""The modules that train, or one sentence that says how to get what they need."""

import importlib
import os
from types import ModuleType

from django.core.management.base import CommandError

BACKENDS = ("tensorflow", "jax", "torch")


def training_modules(*names: str) -> list[ModuleType]:
    """Import modules of `ml` that train, on whichever backend Keras is told to use.

    Raises:
        CommandError: Keras, its backend, or TensorFlow for a module that cannot do without, is not installed.
    """
    try:
        keras = importlib.import_module("keras")
        importlib.import_module(keras.backend.backend())
        return [importlib.import_module(f"ml.{name}") for name in names]
    except ModuleNotFoundError as error:
        raise CommandError(_advice(error)) from error


def exports() -> bool:
    """Whether the backend in use can export models: TensorFlow alone can.

    Raises:
        CommandError: as for `training_modules`.
    """
    training_modules()
    return bool(importlib.import_module("keras").backend.backend() == "tensorflow")


def _advice(error: ModuleNotFoundError) -> str:
    wanted = os.environ.get("KERAS_BACKEND", "tensorflow")
    if wanted == "tensorflow" or error.name not in BACKENDS:
        return "Training needs TensorFlow: run `make setup-train`"
    return f"KERAS_BACKEND names {wanted}, which is not installed: install it or unset the variable"
