"""What deploy/ says of the site is true: settings, commands, addresses and metrics that it names are there.

No image is built and no cluster is asked: that needs what a test machine has not.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from django.urls import resolve
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fakedetect_site import meters, readings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OF_THE_STORAGE = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}  # read by the library itself
OF_PYTHON = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
ASKED_FOR = {"SITE_NAME", "SITE_TLS", "POSTGRES_PASSWORD"}  # deploy/.env, for compose itself


def settings_read() -> set[str]:
    files = [*(ROOT / "fakedetect_site").glob("*settings.py"), ROOT / "fakedetect_site/bounds.py"]
    source = "".join(file.read_text() for file in files)
    named = re.findall(r'env\.\w+\("(\w+)"', source) + re.findall(r'Env\(\)\.\w+\("(\w+)"', source)
    return {*named, *OF_THE_STORAGE, "SECRET_KEY"}


def documents() -> list[dict]:
    return [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text())]


def of_kind(kind: str) -> dict[str, dict]:
    return {one["metadata"]["name"]: one for one in documents() if one["kind"] == kind}


def pods() -> dict[str, dict]:
    return {name: one["spec"]["template"] for name, one in (of_kind("Deployment") | of_kind("Job")).items()}


def ours() -> dict[str, dict]:
    return {name: one for name, one in COMPOSE["services"].items() if one.get("image") == "fakedetect:local"}


def commands() -> Iterator[list[str]]:
    """Every command line of ours, wherever it stands."""
    yield from (service["command"] for service in ours().values() if "command" in service)
    for pod in pods().values():
        yield from (one["command"] for one in pod["spec"]["containers"] if "command" in one)
    yield json.loads(re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(), re.M)[-1])
    for path in UNITS:
        for line in re.findall(r"^Exec\w+=(.*/opt/fakedetect.*)$", path.read_text(), re.M):
            words = shlex.split(line)
            yield shlex.split(words[-1])[1:] if words[0] == "/bin/sh" else words


def test_every_setting_that_is_given_is_one_that_the_site_reads():
    known = settings_read()
    assert len(known) > 50
    given = {name for service in ours().values() for name in service["environment"]}
    given |= set(of_kind("ConfigMap")["fakedetect"]["data"])
    given |= set(re.findall(r"^(\w+)=", (DEPLOY / "systemd" / "environment.example").read_text(), re.M))
    given |= set(re.findall(r"^(?:ENV|   ) (\w+)=", (DEPLOY / "Dockerfile").read_text(), re.M)) - OF_PYTHON
    for pod in pods().values():
        given |= {one["name"] for box in pod["spec"]["containers"] for one in box.get("env", ())} - {"POD_IP"}
    named = re.search(r"with (.+), one a line", (DEPLOY / "kubernetes" / "settings.yaml").read_text()).group(1)
    given |= set(re.findall(r"[A-Z_]{6,}", named))
    assert len(given) > 12
    assert given - known == set()


def test_whatever_compose_asks_for_stands_in_the_example():
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    told = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.M))
    assert asked == told
    assert told - ASKED_FOR <= settings_read()


def test_every_command_is_there():
    found = list(commands())
    assert len(found) >= 10
    for words in found:
        program = Path(words[0]).name
        assert program in {"python", "gunicorn", "celery"}, words
        assert (Path(sys.executable).parent / program).exists() or program == "python", words
        if program == "python":
            assert words[1] == "manage.py", words
            assert words[2] in get_commands(), words
        elif program == "celery":
            assert words[1:3] == ["-A", "fakedetect_site"], words
            assert words[3] in {"worker", "beat"}, words


def test_one_of_each_part_runs_everywhere():
    parts = {"web", "worker", "beat", "bootstrap"}
    assert set(ours()) == set(pods()) == parts
    assert {path.stem for path in UNITS} == {f"fakedetect-{name}" for name in (*parts - {"bootstrap"}, "backup")}


def test_every_probe_asks_for_an_address_that_there_is():
    probes = [
        box[probe]["httpGet"]["path"]
        for pod in pods().values()
        for box in pod["spec"]["containers"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        if probe in box
    ]
    asked = re.findall(r"http://127\.0\.0\.1:8000(/[\w/]*)", (DEPLOY / "Dockerfile").read_text())
    scraped = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())["scrape_configs"][0]["metrics_path"]
    assert len(probes) == 3
    assert len(asked) == 1
    assert {resolve(path).view_name for path in (*probes, *asked, scraped)} == {"live", "ready", "metrics"}


def test_behind_a_proxy_with_tls_probes_are_answered_and_not_sent_elsewhere(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/live/").status_code == 200
    assert client.get("/metrics").status_code == 404
    assert client.get("/").status_code == 301


def test_every_container_is_as_weak_as_it_can_be():
    for name, pod in pods().items():
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True, name
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        for box in pod["spec"]["containers"]:
            assert box["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert box["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert box["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert box["resources"]["limits"]["memory"], name
    for name, service in ours().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
    assert "\nUSER 10001:10001\n" in (DEPLOY / "Dockerfile").read_text()


def test_every_image_of_others_has_a_version():
    images = {service["image"] for service in COMPOSE["services"].values()} - {"fakedetect:local"}
    images |= set(re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.M))
    assert len(images) >= 5
    for image in images:
        assert re.search(r":\d+\.\d+", image), image


def test_what_the_manifests_point_at_is_there():
    deployments, labels = of_kind("Deployment"), {name: pod["metadata"]["labels"] for name, pod in pods().items()}
    for name in ("web", "worker"):
        assert of_kind("HorizontalPodAutoscaler")[name]["spec"]["scaleTargetRef"]["name"] in deployments
        assert "replicas" not in deployments[name]["spec"], f"{name}: its autoscaler counts"
        assert of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"] == labels[name]
    assert of_kind("Service")["web"]["spec"]["selector"] == labels["web"]
    assert set(of_kind("NetworkPolicy")) == {"nothing-by-default", "into-web", "to-what-it-needs", "out"}
    for pod in pods().values():
        for volume in pod["spec"]["volumes"]:
            assert volume.get("persistentVolumeClaim", {"claimName": "fakedetect"})["claimName"] in of_kind(
                "PersistentVolumeClaim"
            )
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    assert {path.name for path in MANIFESTS} == {*listed, "kustomization.yaml"}


def test_a_process_has_longer_to_end_than_the_server_gives_to_what_it_holds():
    given = int(re.search(r"^graceful_timeout = (\d+)", (ROOT / "gunicorn.conf.py").read_text(), re.M).group(1))
    web = pods()["web"]["spec"]
    waits = int(web["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert web["terminationGracePeriodSeconds"] > given + waits
    assert int(COMPOSE["services"]["web"]["stop_grace_period"].removesuffix("s")) > given
    unit = (DEPLOY / "systemd" / "fakedetect-web.service").read_text()
    assert int(re.search(r"^TimeoutStopSec=(\d+)", unit, re.M).group(1)) > given


def test_boards_and_alarms_ask_for_metrics_that_there_are(db, model):
    read = CollectorRegistry()
    read.register(readings.Readings())
    meters.requests.labels("live", 200).inc()
    meters.seconds.labels("live").observe(0.1)
    meters.uploads.labels("taken").inc()
    text = (generate_latest(meters.registry()) + generate_latest(read)).decode()
    families = list(text_string_to_metric_families(text))
    there = {sample.name for family in families for sample in family.samples} | {family.name for family in families}
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    board = json.loads((DEPLOY / "grafana.json").read_text())
    asked = [rule["expr"] for rule in rules] + [
        target["expr"] for panel in board["panels"] for target in panel["targets"]
    ]
    assert len(asked) > 15
    for expression in asked:
        named = set(re.findall(r"fakedetect_\w+", expression)) or {"up"}
        assert named <= there | {"up"}, expression


def test_systemd_understands_the_units_and_finds_them_locked_in(tmp_path):
    program = shutil.which("systemd-analyze") or pytest.skip("systemd-analyze is not installed")
    for path in (*UNITS, DEPLOY / "systemd" / "fakedetect-backup.timer"):
        text = path.read_text().replace("/opt/fakedetect/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / path.name).write_text(text.replace("/opt/fakedetect", str(ROOT)))
    for path in UNITS:
        command = [program, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / path.name)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert not [line for line in done.stderr.splitlines() if path.name in line], done.stderr
        command = [program, "security", "--offline=true", "--threshold=25", str(tmp_path / path.name)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_kustomize_reads_the_manifests():
    program = shutil.which("kubectl") or pytest.skip("kubectl is not installed")
    done = subprocess.run(
        [program, "kustomize", str(DEPLOY / "kubernetes")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    assert len(made) == len([one for one in documents() if one["kind"] != "Kustomization"])
    assert all(one["kind"] == "Namespace" or one["metadata"]["namespace"] == "fakedetect" for one in made)
