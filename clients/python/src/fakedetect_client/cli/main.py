"""Where the command begins: read what was typed, do it, and say what went wrong in a sentence."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from fakedetect_client.cli import exits
from fakedetect_client.cli.arguments import parser
from fakedetect_client.cli.check import problem
from fakedetect_client.cli.finding import NothingToDo
from fakedetect_client.cli.words import printable
from fakedetect_client.client import Client
from fakedetect_client.errors import ApiError, ConfigError, FakeDetectError, NotAuthenticated


def main(arguments: Sequence[str] | None = None) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    top = parser()
    asked = top.parse_args(arguments)
    _settle(top, asked)
    try:
        return _done(asked)
    except (NothingToDo, ConfigError) as error:
        return _told(str(error), exits.USAGE)
    except FakeDetectError as error:
        return _told(_sentence(error), problem(error))
    except BrokenPipeError:  # who read our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILED
    except OSError as error:
        return _told(f"{error.filename or 'A file'}: {error.strerror or error}.", exits.FAILED)
    except (KeyboardInterrupt, EOFError):
        return _told("Stopped.", exits.STOPPED)


def _done(asked: argparse.Namespace) -> int:
    if "alone" in asked:
        return int(asked.alone(asked))
    with Client(asked.url, timeout=asked.timeout) as client:
        return int(asked.act(asked, client))


def _settle(top: argparse.ArgumentParser, asked: argparse.Namespace) -> None:
    """What only makes sense together."""
    if "fail_on" not in asked:
        return
    asked.fail_on = asked.fail_on or ["fake"]
    if "none" in asked.fail_on and len(asked.fail_on) > 1:
        top.error("--fail-on none stands alone")
    if asked.threshold is not None and "fake" not in asked.fail_on:
        top.error("--threshold says what counts as fake: name fake in --fail-on too, or leave --fail-on out")


def _sentence(error: FakeDetectError) -> str:
    """With what helps: the id for whoever runs the site, the way to a new token."""
    text = str(error)
    if isinstance(error, NotAuthenticated):
        text += " Run 'fakedetect login'."
    if isinstance(error, ApiError) and error.status >= 500 and error.request_id:
        text += f" (request {error.request_id})"
    return text


def _told(text: str, code: int) -> int:
    print(f"fakedetect: {printable(text)}", file=sys.stderr)
    return code
