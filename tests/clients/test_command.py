"""The command, as a shell runs it, against the live site."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakedetect_client.cli import exits

from accounts.models import Scope
from detector.models import Upload
from tests.clients import flaky as moods
from tests.clients.conftest import key_of
from tests.factories import image_bytes
from tests.programs import ROOT, environment, wait_until

COMMAND = [sys.executable, "-m", "fakedetect_client"]


@pytest.fixture
def shell(live_server, scorer, token, tmp_path):
    """`shell("check", …)` runs the command there, with address and token in the environment."""
    site = {"FAKEDETECT_URL": live_server.url, "FAKEDETECT_TOKEN": token}

    def act(*arguments, given=b"", cwd=tmp_path, **changed):
        env = surroundings(tmp_path, **(site | changed))
        command = [*COMMAND, *map(str, arguments)]
        return subprocess.run(command, input=given, capture_output=True, cwd=cwd, env=env, timeout=60)

    return act


def surroundings(folder: Path, **extra):
    path = str(ROOT / "clients" / "python" / "src")
    config = str(folder / "config" / "config.toml")
    whole = environment(PYTHONPATH=path, FAKEDETECT_CONFIG=config, PYTHONUTF8="1", **extra)
    return {name: value for name, value in whole.items() if value is not None}


def test_one_image_is_told_in_a_line_and_a_number(shell, picture):
    done = shell("check", picture)
    assert done.returncode == 1, done.stderr
    head, line = done.stdout.decode().splitlines()
    assert head.split() == ["VERDICT", "FAKE", "FILE"]
    assert line.startswith("AI-generated")
    assert line.endswith(f"93 %  {picture}")
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "none"], 0),
        (["--fail-on", "manipulated"], 0),
        (["--fail-on", "manipulated,ai_generated"], 1),
        (["--fail-on", "manipulated", "--fail-on", "fake"], 1),
        (["--threshold", "0.95"], 0),
        (["--threshold", "0.9"], 1),
        (["--fail-on", "sometimes"], 2),
        (["--fail-on", "none,fake"], 2),
        (["--fail-on", "manipulated", "--threshold", "0.5"], 2),
        (["--threshold", "2"], 2),
        (["--jobs", "0"], 2),
    ],
)
def test_the_exit_code_is_as_documented(shell, picture, options, code):
    assert shell("check", picture, *options).returncode == code


def test_what_cannot_be_checked_ends_with_3_and_what_was_found_with_1(shell, picture, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no image")
    done = shell("check", broken)
    assert done.returncode == 3
    assert b"Failed" in done.stdout
    assert b"not an image" in done.stdout or b"no image" in done.stdout
    done = shell("check", broken, picture)
    assert done.returncode == 1
    assert b"1 image checked, 1 found, 1 failed." in done.stderr


def test_nothing_to_check_says_so(shell, tmp_path):
    done = shell("check", "nowhere.jpg")
    assert (done.returncode, done.stderr) == (2, b"fakedetect: There is no file nowhere.jpg.\n")
    assert shell("check", "*.jpg").returncode == 2
    assert not Upload.objects.exists()


def test_folders_patterns_and_standard_input(shell, twenty, tmp_path):
    inner = twenty / "deep" / ".hidden"
    inner.mkdir(parents=True)
    (inner / "x.jpg").write_bytes(image_bytes())
    (twenty / "deep" / "y.JPG").write_bytes(image_bytes(seed=30))
    (twenty / "notes.txt").write_text("no image")
    assert len(shell("check", twenty, "--jsonl").stdout.splitlines()) == 20
    assert len(shell("check", "twenty", "-r", "--jsonl").stdout.splitlines()) == 21
    assert len(shell("check", "twenty/0*.jpg", "twenty/00.jpg", "--jsonl").stdout.splitlines()) == 10
    done = shell("check", "-", "--jsonl", given=image_bytes(seed=5))
    assert json.loads(done.stdout)["path"] == "-"


def test_json_jsonl_and_csv_hold_the_whole_answer(shell, picture, tmp_path):
    formula = tmp_path / "=cmd.jpg"
    formula.write_bytes(picture.read_bytes())
    told = json.loads(shell("check", picture, "--json").stdout)
    assert told[0]["verdict"]["fake_probability"] == 0.93
    rows = list(csv.DictReader(io.StringIO(shell("check", "=cmd.jpg", picture, "none.jpg", "--csv").stdout.decode())))
    assert rows == []
    rows = list(csv.DictReader(io.StringIO(shell("check", "=cmd.jpg", picture, "--csv").stdout.decode())))
    assert {row["path"] for row in rows} == {"'=cmd.jpg", str(picture)}
    assert {(row["verdict"], row["fake_probability"], row["reviewed"]) for row in rows} == {
        ("ai_generated", "0.93", "no")
    }


def test_a_hostile_file_name_does_not_steer_the_terminal(shell, tmp_path):
    (tmp_path / "a\x1b[2Jb.jpg").write_bytes(image_bytes())
    done = shell("check", tmp_path, "--fail-on", "none")
    assert b"\x1b" not in done.stdout + done.stderr
    assert rb"a\x1b[2Jb.jpg" in done.stdout


def test_an_unreachable_site_and_a_wrong_token_end_with_4(shell, picture):
    done = shell("check", picture, FAKEDETECT_URL="http://127.0.0.1:1")
    assert done.returncode == 4
    assert b"cannot be reached" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    done = shell("check", picture, FAKEDETECT_TOKEN="fd_wrong")
    assert done.returncode == 4
    assert done.stderr.endswith(b"Run 'fakedetect login'.\n")
    assert len(done.stderr.splitlines()) == 1


def test_without_a_site_it_says_what_to_do(shell, picture):
    done = shell("check", picture, FAKEDETECT_URL=None, FAKEDETECT_TOKEN=None)
    assert done.returncode == 2
    assert b"Run 'fakedetect login'" in done.stderr


def test_login_keeps_what_works_readable_by_nobody_else(shell, live_server, token, picture, tmp_path):
    nobody = {"FAKEDETECT_URL": None, "FAKEDETECT_TOKEN": None}
    wrong = shell("login", "--url", live_server.url, "--with-token", given=b"fd_wrong\n", **nobody)
    kept = tmp_path / "config" / "config.toml"
    assert (wrong.returncode, kept.exists()) == (4, False)
    done = shell("login", "--url", live_server.url, "--with-token", given=token.encode() + b"\n", **nobody)
    assert done.returncode == 0, done.stderr
    assert token.encode() not in done.stdout + done.stderr
    assert kept.stat().st_mode & 0o777 == 0o600
    assert shell("check", picture, **nobody).returncode == 1
    elsewhere = shell("status", "--url", "http://127.0.0.1:1", **nobody)  # the token stays with its own site
    assert (elsewhere.returncode, b"No token is known" in elsewhere.stderr) == (2, True)
    kept.chmod(0o644)
    assert b"chmod 600" in shell("status", **nobody).stderr


def test_status_says_who_asks_and_what_may_be_done(shell, owner):
    done = shell("status")
    assert "You are owner (user)." in done.stdout.decode()
    reading = shell("status", FAKEDETECT_TOKEN=key_of(owner, Scope.READ))
    assert "may only read" in reading.stdout.decode()


def test_list_show_report_verify_and_delete(shell, picture, tmp_path):
    made = json.loads(shell("check", picture, "--json").stdout)[0]["id"]
    listed = shell("list").stdout.decode()
    assert made in listed
    assert "picture.jpg" in listed
    shown = shell("show", made).stdout.decode()
    assert "The model finds traces of AI generation." in shown
    assert "stability (says nothing): The verdict held." in shown
    assert shell("report", made, "-o", "out.pdf").returncode == 0
    assert shell("report", made, "-o", "out.json").returncode == 0
    assert shell("verify", "out.pdf", "out.json").returncode == 0
    (tmp_path / "out.json").write_bytes((tmp_path / "out.json").read_bytes() + b" ")
    forged = shell("verify", "out.json")
    assert (forged.returncode, forged.stdout[:11]) == (1, b"NOT GENUINE")
    assert shell("delete", made).returncode == 2
    assert shell("delete", made, "--yes").returncode == 0
    gone = shell("show", made)
    assert (gone.returncode, b"Traceback" in gone.stderr) == (3, False)


def test_a_case_from_its_making_to_its_export(shell, picture, tmp_path):
    case = shell("case", "new", "Fire of May").stdout.decode().strip()
    made = json.loads(shell("check", picture, "--json").stdout)[0]["id"]
    assert b"1 image was put" in shell("case", "add", case, made).stdout
    assert b"Fire of May" in shell("case", "list").stdout
    assert b"picture.jpg" in shell("case", "show", case).stdout
    assert shell("case", "save", case, "-o", "all.zip").returncode == 0
    assert (tmp_path / "all.zip").read_bytes().startswith(b"PK")
    assert shell("case", "save", case, "-o", "all.doc").returncode == 2


def test_ctrl_c_says_what_was_done(live_server, scorer, token, flaky, twenty, tmp_path):
    flaky.behind = live_server.url
    flaky.moods = [moods.pass_on] * 4 + [moods.saying(429, Retry_After="50")] * 20
    env = surroundings(tmp_path, FAKEDETECT_URL=flaky.url, FAKEDETECT_TOKEN=token)
    command = [*COMMAND, "check", str(twenty), "--jsonl", "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=tmp_path)
    wait_until(lambda: len(flaky.asked) >= 6, "the sixth request")
    os.kill(process.pid, signal.SIGINT)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert len(out.splitlines()) == 4
    assert b"Stopped. 4 images checked, 4 found, 0 failed. 16 not checked; up to 2 of them were under way" in said
    assert b"Traceback" not in said


def test_who_reads_no_further_gets_no_traceback(live_server, scorer, token, twenty, tmp_path):
    env = surroundings(tmp_path, FAKEDETECT_URL=live_server.url, FAKEDETECT_TOKEN=token)
    line = f"{sys.executable} -m fakedetect_client check {twenty} --jsonl -q | head -n 1"
    done = subprocess.run(line, shell=True, capture_output=True, env=env, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    assert b"Traceback" not in done.stderr


def test_help_tells_of_every_command_and_every_exit_code(tmp_path):
    def told(*arguments):
        return subprocess.run(
            [*COMMAND, *arguments], capture_output=True, env=surroundings(tmp_path), check=True
        ).stdout

    whole = told("--help").decode()
    for word in ("login", "check", "status", "list", "show", "report", "verify", "delete", "case"):
        assert word in whole
        assert told(word, "--help")
    for code in {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}:
        assert f"\n  {code} " in whole
