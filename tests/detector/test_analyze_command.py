"""manage.py analyze: every regular file an answer, JSON and nothing else on standard output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import image_bytes
from tests.programs import ROOT, environment


@pytest.fixture(scope="module")
def analyze(tmp_path_factory):
    """Run in an installation that was never prepared: no data base, no server."""
    env = environment(FAKEDETECT_VAR=str(tmp_path_factory.mktemp("var")))

    def act(*arguments):
        command = [sys.executable, "manage.py", "analyze", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)

    return act


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("pictures")
    (top / "below").mkdir()
    (top / "one.jpg").write_bytes(image_bytes())
    (top / "below" / "two.png").write_bytes(image_bytes("PNG", seed=1))
    (top / "below" / "letter.txt").write_text("Dear editor")
    (top / "empty.jpg").write_bytes(b"")
    return top


@pytest.fixture(scope="module")
def answer(analyze, folder):
    return analyze(folder, "--json", "--workers", "2")


def test_standard_output_is_json_lines_and_nothing_else(answer):
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [Path(row["path"]).name for row in rows] == ["empty.jpg", "one.jpg", "letter.txt", "two.png"]


def test_every_file_has_the_shape_of_the_api(answer):
    for row in map(json.loads, answer.stdout.splitlines()):
        assert {"path", "id", "status", "file", "verdict", "evidence", "ledger", "heatmap", "error"} <= set(row)
        assert (row["status"] == "done") == (row["error"] is None) == (row["verdict"] is not None)


def test_a_picture_is_scored(answer):
    row = json.loads(answer.stdout.splitlines()[1])
    assert row["verdict"]["label"] in {"authentic", "ai_generated", "manipulated", "inconclusive"}
    assert sum(row["verdict"]["probabilities"].values()) == pytest.approx(1, abs=1e-6)
    assert row["file"]["format"] == "JPEG"


def test_the_deep_signals_are_among_the_evidence(answer):
    row = json.loads(answer.stdout.splitlines()[1])
    assert "copy_move" in {finding["signal"] for finding in row["evidence"]}
    assert row["ledger"] == "done"


def test_quick_leaves_the_deep_signals_out(analyze, folder):
    row = json.loads(analyze(folder / "one.jpg", "--json", "--quick").stdout)
    assert "copy_move" not in {finding["signal"] for finding in row["evidence"]}
    assert row["verdict"]["label"]


def test_errors_are_objects_too_and_the_exit_status_tells(answer):
    codes = {
        Path(row["path"]).name: row["error"]["code"]
        for row in map(json.loads, answer.stdout.splitlines())
        if row["error"]
    }
    assert codes == {"empty.jpg": "empty_file", "letter.txt": "not_an_image"}
    assert answer.returncode == 1
    assert "4 files, 2 failed" in answer.stderr


def test_without_failures_the_exit_status_is_zero(analyze, folder):
    done = analyze(folder / "one.jpg")
    assert done.returncode == 0
    assert "one.jpg: " in done.stdout


def test_a_path_that_is_not_there_is_an_answer_too(analyze):
    done = analyze("/nowhere/at/all.jpg", "--json")
    assert json.loads(done.stdout)["error"]["code"] == "unreadable_file"
    assert done.returncode == 1


def test_a_pipe_is_not_waited_for(analyze, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert json.loads(analyze(tmp_path / "pipe", "--json").stdout)["error"]["code"] == "not_a_file"


def test_a_damaged_model_is_one_sentence(analyze, folder, tmp_path):
    done = analyze(folder / "one.jpg", "--model", tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("CommandError:")


def test_workers_must_be_positive(analyze, folder):
    assert "at least 1" in analyze(folder, "--workers", "0").stderr
