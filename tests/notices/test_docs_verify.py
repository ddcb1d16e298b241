"""The documentation's own code verifies a delivery that was really sent, and refuses a forged one."""

import re
import subprocess
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()


def block(language: str) -> str:
    return next(text for text in re.findall(rf"```{language}\n(.*?)```", PAGE, re.S) if "verify(" in text)


@pytest.fixture
def taken(tell, hook, receiver, sweep):
    tell(text="“Grüße”, sagte sie.")
    sweep()
    return receiver.taken[0]


def test_the_python_of_the_documentation_verifies(hook, taken):
    names = {}
    exec(block("python"), names)
    verify, body = names["verify"], taken.body.encode()
    assert verify(hook.secret, taken.headers, body)
    assert not verify(hook.secret, taken.headers, body + b" ")
    assert not verify(hook.secret, taken.headers | {"webhook-timestamp": "1"}, body)


def test_the_javascript_of_the_documentation_verifies(hook, taken, tmp_path):
    driver = pytest.importorskip("playwright._impl._driver")
    node = driver.compute_driver_executable()[0]
    ask = """
const [secret, id, stamp, signature, file] = process.argv.slice(2);
const body = require("node:fs").readFileSync(file);
const headers = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature};
console.log(verify(secret, headers, body), verify(secret, headers, Buffer.concat([body, Buffer.from(" ")])));
"""
    (tmp_path / "verify.js").write_text(block("javascript") + ask)
    (tmp_path / "body").write_bytes(taken.body.encode())
    given = [taken.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")]
    command = [node, tmp_path / "verify.js", hook.secret, *given, tmp_path / "body"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["true", "false"]
