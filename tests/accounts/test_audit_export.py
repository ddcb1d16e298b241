"""The history as a file: complete and streamed, proved without a data base, harmless in a spreadsheet."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from accounts import audit, audit_export, audit_heads
from accounts.audit import Actor
from accounts.audit_search import EventFilter
from accounts.models import AuditEvent
from fakedetect_site import site_key
from tests.programs import ROOT, environment


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "key.pem"
    return settings.REPORT_KEY


@pytest.fixture
def history(owner, stranger):
    for number in range(6):
        who = Actor(user=[owner, stranger][number % 2], address="192.0.2.1", request_id=f"request-{number}")
        audit.record(who, "test.done", target=f"n:{number}", details={"n": number}, private={"note": "Grüße 漢字"})
    return AuditEvent.objects.order_by("id")


def exported(administrator, form="jsonl", names=True, **query):
    chosen = EventFilter(query, AuditEvent.objects.all())
    filters = chosen.chosen()
    actor = Actor(user=administrator)
    return "".join(audit_export.export(actor, events=chosen.qs, form=form, filters=filters, names=names))


@pytest.fixture
def path(history, administrator, tmp_path):
    made = tmp_path / "export.jsonl"
    made.write_text(exported(administrator), encoding="utf-8")
    return made


def verified(capsys, *words):
    call_command("verify_audit", *map(str, words))
    told = capsys.readouterr()
    return told.out.strip() + told.err.strip()


def lines(path):
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def test_a_copy_holds_every_event_with_the_export_as_its_last(path, history, administrator):
    *rows, end = map(json.loads, lines(path))
    assert [row["id"] for row in rows] == list(range(1, 8))
    assert rows[0]["personal"]["private"] == {"note": "Grüße 漢字"}
    assert (rows[-1]["action"], rows[-1]["actor"]) == ("audit.exported", f"user:{administrator.pk}")
    assert (end["events"], end["complete"], end["digest"]) == (7, True, rows[-1]["digest"])


def test_a_copy_is_proved(path, capsys):
    assert verified(capsys, "--file", path) == "7 events, chain whole"


def test_it_is_proved_where_there_is_neither_data_base_nor_key(path, key, tmp_path):
    public = tmp_path / "public.pem"
    public.write_bytes(site_key.pem(site_key.public_key()))
    env = environment(FAKEDETECT_VAR=str(tmp_path / "empty"), DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    command = [sys.executable, "manage.py", "verify_audit", "--file", str(path)]
    with_key = subprocess.run([*command, "--key", str(public)], cwd=ROOT, env=env, capture_output=True, text=True)
    assert (with_key.stdout, with_key.stderr, with_key.returncode) == ("7 events, chain whole\n", "", 0)
    without = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (without.returncode, without.stdout) == (0, "7 events, chain whole\n")
    assert "was not checked: no key is here" in without.stderr
    assert not (tmp_path / "empty" / "report_key.pem").exists()  # whoever only checks makes none


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: [rows[0], rows[1].replace('"n": 1', '"n": 9'), *rows[2:]], "Event 2: its content was changed"),
        (lambda rows: [rows[0], rows[1].replace("Grüße", "Gruss"), *rows[2:]], "Event 2: its name or address"),
        (lambda rows: [*rows[:3], *rows[4:]], "Event 4: event 4 is missing"),
        (lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]], "Event 3: event 3 is missing"),
        (lambda rows: rows[1:], "Event 1: event 1 is missing"),
        (lambda rows: rows[:-1], "The signed last line of the export is missing"),
        (lambda rows: [*rows[:-2], rows[-1]], "This is not what was exported"),
        (lambda rows: [*rows[:-1], rows[-1].replace('"events":7', '"events":6')], "its signature does not hold"),
        (lambda rows: [rows[0].replace(": ", ":  ", 1), *rows[1:]], "This is not what was exported"),
        (lambda rows: [rows[0], "{}\n", *rows[1:]], "Event 2: its line is no event of this history"),
        (lambda rows: [rows[0][:-20], *rows[1:]], "Event 1: its line cannot be read"),
        (lambda rows: [rows[0].replace('"id": 1', '"id": "1"'), *rows[1:]], "Event 1: its line is no event"),
        (lambda rows: [], "The signed last line of the export is missing"),
    ],
)
def test_a_copy_that_was_tampered_with_is_named(path, change, said):
    path.write_text("".join(change(lines(path))), encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        call_command("verify_audit", "--file", str(path))


def test_a_copy_is_held_against_signed_heads(path, settings, capsys):
    audit_heads.sign_if_due()
    assert "held against 1 signed heads" in verified(capsys, "--file", path, "--heads", settings.AUDIT_HEADS)


def test_a_copy_of_what_filters_left_says_so_and_is_proved_event_by_event(history, administrator, tmp_path, capsys):
    path = tmp_path / "part.jsonl"
    path.write_text(exported(administrator, actor="stranger"), encoding="utf-8")
    assert [json.loads(line).get("id") for line in lines(path)] == [2, 4, 6, None]
    told = verified(capsys, "--file", path)
    assert "3 events, each as it was recorded" in told
    assert "what some filters left" in told
    rows = lines(path)
    for change, said in (
        ([rows[0].replace('"n": 1', '"n": 9'), *rows[1:]], "Event 2: its content was changed"),
        ([rows[1], rows[0], *rows[2:]], "Event 2: it does not stand in its order"),
        ([rows[0], *rows[2:]], "This is not what was exported"),
    ):
        path.write_text("".join(change), encoding="utf-8")
        with pytest.raises(CommandError, match=said):
            call_command("verify_audit", "--file", str(path))


def test_a_copy_without_names_is_proved_as_well(history, administrator, tmp_path, capsys):
    text = exported(administrator, names=False)
    for private in ("owner", "stranger", "192.0.2.1", "Grüße"):
        assert private not in text
    path = tmp_path / "export.jsonl"
    path.write_text(text, encoding="utf-8")
    assert verified(capsys, "--file", path) == "7 events, chain whole"


def test_the_export_is_an_event_whose_filters_stay_outside_the_chain(history, administrator):
    exported(administrator, form="csv", actor="stranger", address="192.0.2.1")
    event = history.last()
    assert event.details == {"format": "csv", "filtered": ["actor", "address"], "names": True}
    assert event.personal["private"] == {"filters": {"actor": "stranger", "address": "192.0.2.1"}}


def test_events_that_come_while_it_streams_are_left_for_the_next(history, administrator):
    pieces = audit_export.export(Actor(user=administrator), events=history, form="jsonl", filters={})
    audit.record(audit.SYSTEM, "test.late")
    assert "test.late" not in "".join(pieces)


def test_csv_is_a_table_that_a_spreadsheet_opens(history, administrator):
    text = exported(administrator, form="csv")
    assert text.startswith("\ufeff")  # for Excel
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 7
    assert rows[1]["name"] == "stranger"
    assert rows[1]["address"] == "192.0.2.1"
    assert json.loads(rows[1]["private"]) == {"note": "Grüße 漢字"}
    assert json.loads(rows[1]["details"]) == {"n": 1}


@pytest.mark.parametrize("name", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(1)", '=cmd|" /C"!A0'])
def test_no_cell_is_a_formula(administrator, name):
    audit.record(Actor(name=name, address="192.0.2.1"), "login.failed")
    rows = list(csv.DictReader(io.StringIO(exported(administrator, form="csv").removeprefix("\ufeff"))))
    assert rows[0]["name"] == f"'{name}"


def test_a_long_history_is_read_in_pages(history, administrator, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("accounts.audit_check._PAGE", 2)
    with django_assert_max_num_queries(12):
        assert exported(administrator).count("\n") == 8
    assert audit.verify_chain() is None


def test_the_command_writes_a_copy_that_holds(history, tmp_path, capsys):
    path = tmp_path / "copy.jsonl"
    call_command("export_audit", str(path))
    assert "7 events" in verified(capsys, "--file", path)
    assert os.stat(path).st_mode & 0o077 == 0  # it holds names and addresses
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_audit", str(path))


def test_the_command_takes_filters_and_forms(history, tmp_path):
    path = tmp_path / "copy.csv"
    call_command("export_audit", str(path), "--csv", "--without-names", "--filter", "actor=owner")
    text = path.read_text(encoding="utf-8")
    assert text.count("test.done") == 3
    assert "owner" not in text
    for wrong, said in (("nothing=1", "no filter"), ("after=yesterday", "after")):
        with pytest.raises(CommandError, match=said):
            call_command("export_audit", str(tmp_path / "other.csv"), "--filter", wrong)
