"""What can be typed, and the help that a newcomer reads."""

import argparse
from collections.abc import Callable
from typing import Any

from fakedetect_client.cli import acts, check, exits

_URL = "address of the site (otherwise: FAKEDETECT_URL, or what 'login' kept)"
_EXAMPLES = """\
examples:
  fakedetect login                          once: which site, which token
  fakedetect check photo.jpg                one image
  fakedetect check pictures/ --recursive    a folder and all within
  fakedetect check '*.png' --fail-on ai_generated --csv > found.csv
  curl -s https://example.org/a.jpg | fakedetect check -
  fakedetect show ID                        why
  fakedetect report ID -o report.pdf        a signed report
"""


def parser() -> argparse.ArgumentParser:
    top = _Parser(
        prog="fakedetect",
        description="Ask a FakeDetect site whether images are authentic, AI-generated or manipulated.",
        epilog=f"{_EXAMPLES}\n{exits.TABLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--url", help=_URL)
    top.add_argument(
        "--timeout", type=_positive, default=60.0, metavar="S", help="seconds the site may say nothing (60)"
    )
    acts_of = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _login(acts_of)
    _check(acts_of)
    _reading(acts_of)
    _changing(acts_of)
    _cases(acts_of)
    return top


class _Parser(argparse.ArgumentParser):
    """Names are never guessed from their beginnings: a script shall mean tomorrow what it means today."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)


def _site() -> argparse.ArgumentParser:
    """The site may also be named behind the command, where most people look for it."""
    shared = _Parser(add_help=False)
    shared.add_argument("--url", default=argparse.SUPPRESS, help=_URL)
    return shared


def _login(commands: Any) -> None:
    words = "keep the address of a site and a token for it, in a file of your own"
    one = commands.add_parser("login", help=words, parents=[_site()])
    one.add_argument("--with-token", action="store_true", help="read the token from standard input, for scripts")
    one.set_defaults(alone=acts.login)


def _check(commands: Any) -> None:
    one = commands.add_parser(
        "check",
        help="hand images in and tell their verdicts",
        parents=[_site()],
        epilog=exits.TABLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    one.add_argument(
        "files", nargs="+", metavar="FILE", help="file, folder, 'pattern', address, or - for standard input"
    )
    one.add_argument(
        "--fail-on",
        type=_verdicts,
        action="extend",
        metavar="VERDICTS",
        help=f"end with 1 on any of these, separated by commas: {', '.join(check.VERDICTS)} "
        "(fake: ai_generated or manipulated; not given: fake)",
    )
    one.add_argument(
        "--threshold",
        type=_share,
        metavar="P",
        help="call it fake from this probability on (0 to 1), not by the site's",
    )
    one.add_argument("--recursive", "-r", action="store_true", help="look into folders within folders")
    one.add_argument("--jobs", "-j", type=_count, default=4, metavar="N", help="how many at a time (4)")
    one.add_argument(
        "--wait", type=_positive, default=120.0, metavar="S", help="seconds to wait for each verdict (120)"
    )
    one.add_argument("--evidence", action="store_true", help="wait for all of the evidence, not only for the verdict")
    one.add_argument("--quiet", "-q", action="store_true", help="no progress, no summary")
    _formats(one, ("json", "jsonl", "csv"))
    one.set_defaults(act=check.run)


def _reading(commands: Any) -> None:
    one = _of(commands, "status", acts.status, "whether the site answers, and who you are to it")
    _formats(one, ("json",))
    one = _of(commands, "list", acts.list_, "your uploads, newest first")
    one.add_argument("--verdict", help="authentic, ai_generated, manipulated or inconclusive")
    one.add_argument("--status", help="queued, running, done or failed")
    one.add_argument("--after", metavar="DATE", help="uploaded on this day or later")
    one.add_argument("--before", metavar="DATE", help="uploaded on this day or earlier")
    one.add_argument("--name", help="a part of the file's name")
    _limit(one)
    _formats(one, ("json", "jsonl", "csv"))
    one = _of(commands, "show", acts.show, "one upload: verdict, reasons, evidence")
    one.add_argument("id", metavar="ID")
    _formats(one, ("json",))
    one = _of(commands, "report", acts.report, "the signed report of an upload, as PDF or JSON")
    one.add_argument("id", metavar="ID")
    one.add_argument("--output", "-o", metavar="FILE", help="where to; one that ends in .json is made as JSON")
    one.add_argument("--private", action="store_true", help="with place, serial numbers and names (owners)")
    one = _of(commands, "verify", acts.verify, "whether reports are as the site signed them; 1 if one is not")
    one.add_argument("reports", nargs="+", metavar="REPORT")


def _changing(commands: Any) -> None:
    one = _of(commands, "delete", acts.delete, "delete uploads for good")
    one.add_argument("ids", nargs="+", metavar="ID")
    one.add_argument("--yes", action="store_true", help="do not ask")


def _cases(commands: Any) -> None:
    case = commands.add_parser("case", help="cases: folders of uploads that people share")
    inner = case.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _limit(_of(inner, "list", acts.case_list, "those you belong to"))
    one = _of(inner, "new", acts.case_new, "make one; its id is printed")
    one.add_argument("title")
    one.add_argument("--description", default="")
    one = _of(inner, "add", acts.case_add, "put uploads in")
    one.add_argument("case", metavar="CASE")
    one.add_argument("ids", nargs="+", metavar="ID")
    one = _of(inner, "show", acts.case_show, "what lies in it")
    one.add_argument("case", metavar="CASE")
    _limit(one)
    _formats(one, ("json", "jsonl", "csv"))
    one = _of(inner, "save", acts.case_save, "its report (.pdf, .json) or everything (.zip), into a file")
    one.add_argument("case", metavar="CASE")
    one.add_argument("--output", "-o", metavar="FILE", required=True)


def _of(commands: Any, name: str, act: Callable[..., int], words: str) -> Any:
    told = words[0].upper() + words[1:] + "."
    one = commands.add_parser(name, help=words, description=told, parents=[_site()])
    one.set_defaults(act=act, format="table")
    return one


def _formats(one: Any, names: tuple[str, ...]) -> None:
    words = {"json": "as JSON", "jsonl": "as JSON, one object a line", "csv": "as CSV"}
    group = one.add_mutually_exclusive_group()
    for name in names:
        group.add_argument(f"--{name}", dest="format", action="store_const", const=name, help=words[name])
    one.set_defaults(format="table")


def _limit(one: Any) -> None:
    one.add_argument("--limit", type=_count, default=50, metavar="N", help="how many at most (50)")


def _verdicts(text: str) -> list[str]:
    named = text.split(",")
    if unknown := [word for word in named if word not in check.VERDICTS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(check.VERDICTS)}")
    return named


def _share(text: str) -> float:
    if not 0 <= (value := float(text)) <= 1:
        raise argparse.ArgumentTypeError("a probability lies between 0 and 1")
    return value


def _positive(text: str) -> float:
    if not 0 < (value := float(text)) < 1e6:
        raise argparse.ArgumentTypeError("a number above 0")
    return value


def _count(text: str) -> int:
    if not 1 <= (value := int(text)) <= 100_000:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return value
