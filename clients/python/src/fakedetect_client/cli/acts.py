"""The smaller commands: who is asked, what is there, one image and its report, cases."""

import argparse
import getpass
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path

from fakedetect_client import config
from fakedetect_client.answers import Me
from fakedetect_client.cli import exits
from fakedetect_client.cli.output import WRITERS, Writer, table
from fakedetect_client.cli.words import STANCES, many, painted, percent, printable, verdict
from fakedetect_client.client import Client
from fakedetect_client.config import Config
from fakedetect_client.errors import ConfigError
from fakedetect_client.results import Result
from fakedetect_client.transport import saved


def login(asked: argparse.Namespace) -> int:
    """Ask, try, and keep only what works."""
    url = asked.url or input("Address of the site: ")
    found = Config(config.address(url), config.clean(_token(asked)))
    if found.is_readable_on_the_way:
        print("Warning: without https the token can be read by anybody on the way.", file=sys.stderr)
    with Client(found.url, found.token) as client:
        who = client.me()
    where = config.write(found)
    print(f"Logged in to {found.url} as {printable(who.username)}. The token is in {where}, readable by you alone.")
    return exits.CLEAN


def _token(asked: argparse.Namespace) -> str:
    """Not as an argument, which every process of the machine can read."""
    if asked.with_token or not sys.stdin.isatty():
        return sys.stdin.readline()
    return getpass.getpass("Token (made on its page 'API tokens'; it is not shown here): ")


def status(asked: argparse.Namespace, client: Client) -> int:
    who = client.me()
    if asked.format == "json":
        print(json.dumps({"url": client.config.url, "username": who.username, "role": who.role, "scope": who.scope}))
        return exits.CLEAN
    print(f"{client.config.url} answers. You are {printable(who.username)} ({printable(who.role)}).")
    print(_about_token(who))
    return exits.CLEAN


def _about_token(who: Me) -> str:
    may = "It may only read: nothing can be checked with it." if who.scope == "read" else "It may read and write."
    until = f" It ends on {_day(who.expires_at)}." if who.expires_at else ""
    return f"Token “{printable(who.token_name)}”. {may}{until}"


def list_(asked: argparse.Namespace, client: Client) -> int:
    filters = {name: getattr(asked, name) for name in ("verdict", "status", "after", "before", "name")}
    rows = islice(client.list(**filters), asked.limit)
    return _listed(asked, rows)


def _listed(asked: argparse.Namespace, rows: Iterable[Result]) -> int:
    if asked.format == "table":
        table(
            ("ID", "DATE", "VERDICT", "FAKE", "FILE"),
            (
                (one.id, _day(one.created_at), verdict(one), percent(one.fake_probability), one.file.name)
                for one in rows
            ),
        )
        return exits.CLEAN
    writer: Writer = WRITERS[asked.format]()
    for one in rows:
        writer.result(one.file.name, one)
    writer.end()
    return exits.CLEAN


def show(asked: argparse.Namespace, client: Client) -> int:
    result = client.get(asked.id)
    if asked.format == "json":
        print(json.dumps(result.raw, ensure_ascii=False, indent=2))
        return exits.CLEAN
    print(f"{printable(result.file.name)}: {painted(verdict(result), result.label, sys.stdout)}")
    if result.verdict:
        print(f"Probability of a fake, calibrated: {percent(result.fake_probability)}")
    for reason in result.verdict.reasons if result.verdict else ():
        print(f"  - {printable(reason)}")
    if result.error:
        print(f"  {printable(result.error.detail)}")
    if result.evidence:
        print("Evidence:")
    for row in result.evidence:
        print(f"  {printable(row.signal)} ({STANCES.get(row.stance, printable(row.stance))}): {printable(row.summary)}")
    print(f"Page: {printable(result.links.get('page', '–'))}")
    return exits.CLEAN


def report(asked: argparse.Namespace, client: Client) -> int:
    """As PDF, or as JSON where the file's name ends so."""
    target = Path(asked.output or f"fakedetect-{asked.id}.pdf")
    make = client.report_json if target.suffix.lower() == ".json" else client.report_pdf
    made = make(asked.id, private=asked.private)
    with saved(target) as file:
        file.write(made)
    print(f"The report is in {target}.")
    return exits.CLEAN


def verify(asked: argparse.Namespace, client: Client) -> int:
    """0 where every report is genuine, 1 where one is not."""
    forged = 0
    for path in asked.reports:
        checked = client.verify_report(path)
        forged += not checked.valid
        print(f"{'Genuine' if checked.valid else 'NOT GENUINE'}: {printable(path)}: {printable(checked.reason)}")
    return exits.FOUND if forged else exits.CLEAN


def delete(asked: argparse.Namespace, client: Client) -> int:
    if not asked.yes:
        if not sys.stdin.isatty():
            raise ConfigError("Nothing was deleted: say --yes where nobody can be asked.")
        if input(f"Delete {many(len(asked.ids), 'upload')} for good? [y/N] ").strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return exits.CLEAN
    for one in asked.ids:
        client.delete(one)
        print(f"Deleted {printable(one)}.")
    return exits.CLEAN


def case_list(asked: argparse.Namespace, client: Client) -> int:
    rows = islice(client.cases(), asked.limit)
    table(
        ("ID", "IMAGES", "YOU ARE", "STATE", "TITLE"),
        ((one.id, str(one.uploads), one.role or "–", "closed" if one.closed_at else "open", one.title) for one in rows),
    )
    return exits.CLEAN


def case_new(asked: argparse.Namespace, client: Client) -> int:
    print(client.make_case(asked.title, asked.description).id)
    return exits.CLEAN


def case_add(asked: argparse.Namespace, client: Client) -> int:
    added = client.add_to_case(asked.case, asked.ids)
    print(f"{many(added, 'image was', 'images were')} put into the case.")
    return exits.CLEAN


def case_show(asked: argparse.Namespace, client: Client) -> int:
    return _listed(asked, islice(client.case_uploads(asked.case), asked.limit))


def case_save(asked: argparse.Namespace, client: Client) -> int:
    """The kind follows from the ending: .pdf and .json are reports, .zip is everything."""
    target = Path(asked.output)
    kinds = {".pdf": "report.pdf", ".json": "report.json", ".zip": "export.zip"}
    if not (kind := kinds.get(target.suffix.lower())):
        raise ConfigError("Name a file that ends in .pdf, .json (reports) or .zip (everything).")
    client.case_file(asked.case, kind, target)
    print(f"It is in {target}.")
    return exits.CLEAN


def _day(time: datetime | None) -> str:
    return time.astimezone().date().isoformat() if time else "–"
