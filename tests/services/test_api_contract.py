"""The API keeps its published contract: generated requests meet no 500 and no undocumented answer."""

import subprocess
import sys
from pathlib import Path

from tests.programs import environment, manage, site

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_generated_requests_meet_no_500_and_no_undocumented_answer(tmp_path):
    env = {"FAKEDETECT_VAR": str(tmp_path), "LOG_LEVEL": "ERROR"}
    manage("bootstrap", env=env)
    token = manage("issue_token", "admin", "--name", "test", env=env).strip()
    program = Path(sys.executable).with_name("schemathesis")
    with site(env) as address:
        command = [
            program, "run", f"{address}/api/v1/schema/?format=json", "-H", f"Authorization: Bearer {token}",
            "--max-examples", "25", "--checks", CHECKS, "--seed", "1",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
