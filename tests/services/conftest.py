"""One installation, made once and copied for each test of faults: to make it costs more than most of them."""

import shutil
from pathlib import Path

import pytest

from tests.programs import manage
from tests.services.faults import FAULTY


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> tuple[Path, str]:
    var = tmp_path_factory.mktemp("installed") / "var"
    env = {"FAKEDETECT_VAR": str(var)}
    manage("bootstrap", env=env)
    return var, manage("issue_token", "admin", "--name", "test", env=env).strip()


@pytest.fixture
def shaky(tmp_path) -> dict[str, str]:
    """The environment of a site whose storage and clock obey the test; nothing is installed there yet."""
    (tmp_path / "faults").mkdir()
    settings = {"DJANGO_SETTINGS_MODULE": FAULTY, "FAULTS": str(tmp_path / "faults")}
    own = {"FAKEDETECT_VAR": str(tmp_path / "var"), "FAKEDETECT_LEASE_SECONDS": "4", "FAKEDETECT_LEDGER": "off"}
    return settings | own | {"LOG_LEVEL": "CRITICAL"}


@pytest.fixture
def env(shaky, installed) -> dict[str, str]:
    var, token = installed
    shutil.copytree(var, shaky["FAKEDETECT_VAR"])
    return shaky | {"TOKEN": token}
