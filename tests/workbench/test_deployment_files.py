"""What a deployment is made from: the files agree with the settings, with the code, and with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis

from tests.support.waiting import wait_until
from workbench.local.parts import broker_command
from workbench.settings import Settings

ROOT = Path(__file__).parents[2]
ONLY_OF_COMPOSE = {"REDIS_PASSWORD"}
OF_THE_IMAGE = {"PATH", "PYTHONUNBUFFERED"}
OF_THE_BROKER = {"REDISCLI_AUTH"}


def variables() -> set[str]:
    """The environment variable of each setting, by its plainest name."""
    return {
        next(
            (str(name) for name in getattr(field.validation_alias, "choices", ()) if str(name).isupper()),
            f"WORKBENCH_{name.upper()}",
        )
        for name, field in Settings.model_fields.items()
    }


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined."""
    lines = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()
    said = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    return [(instruction, rest) for instruction, rest in said]


def test_the_example_of_an_env_file_has_every_setting() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE))
    assert named == variables() | ONLY_OF_COMPOSE


def test_the_example_says_the_defaults() -> None:
    example = (ROOT / ".env.example").read_text()
    said = dict(re.findall(r"^#([A-Z_]+)=(.+)$", example, re.MULTILINE))
    apart = {"WORKBENCH_DATA_DIR", "REDIS_URL", "WORKBENCH_WORKERS"}  # by the machine
    defaults = {
        f"{'' if name.startswith('supabase_') else 'WORKBENCH_'}{name.upper()}": field.default
        for name, field in Settings.model_fields.items()
    }
    for name in said.keys() - apart:
        default = defaults[name]
        assert said[name] == (f"{default:g}" if isinstance(default, float) else str(default)), name


def test_compose_sets_what_are_settings(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        known = variables() if name != "redis" else OF_THE_BROKER
        assert set(service["environment"]) <= known, name
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert used <= variables() | ONLY_OF_COMPOSE


def test_each_service_is_given_only_the_keys_that_it_needs(compose: dict[str, Any]) -> None:
    api, worker = (set(compose["services"][name]["environment"]) for name in ("api", "worker"))
    assert "SUPABASE_SECRET_KEY" not in api
    assert "SUPABASE_PUBLISHABLE_KEY" in api
    assert "SUPABASE_SECRET_KEY" in worker
    assert not worker & {"SUPABASE_PUBLISHABLE_KEY", "SUPABASE_JWT_SECRET"}


def test_an_optional_setting_is_passed_on_and_not_emptied(compose: dict[str, Any]) -> None:
    """An empty SUPABASE_JWT_ISSUER would mean that the issuer is not looked at."""
    for service in ("api", "worker"):
        for name, value in compose["services"][service]["environment"].items():
            assert value is None or re.search(r"\$\{[A-Z_]+:\?\}", value), name


def test_compose_holds_together(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(compose) == {"name", "services", "volumes", "x-service", "x-settings"}
    for name, service in services.items():
        assert {"image", "command", "environment", "healthcheck", "restart"} <= set(service), name
        check = service["healthcheck"]
        assert check["test"][0] in {"CMD", "CMD-SHELL"}, name
        for time in ("interval", "timeout", "start_period"):
            assert re.fullmatch(r"\d+[sm]", check[time]), name
        for other, wanted in service.get("depends_on", {}).items():
            assert wanted == {"condition": "service_healthy"}
            assert "healthcheck" in services[other]
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in compose["volumes"]
    assert services["api"]["ports"] == ["127.0.0.1:8321:8321"]  # in clear, so not to the world


def test_services_run_what_the_procfile_runs(compose: dict[str, Any], steps: list[tuple[str, str]]) -> None:
    procfile = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE))
    assert procfile["web"].replace(" --host 0.0.0.0", "").split() == compose["services"]["api"]["command"]
    assert procfile["worker"].split() == compose["services"]["worker"]["command"]
    assert yaml.safe_load(dict(steps)["CMD"]) == compose["services"]["api"]["command"]


def test_the_broker_of_compose_starts_with_its_options(compose: dict[str, Any], tmp_path: Path) -> None:
    program, *_ = broker_command(Settings(data_dir=tmp_path))
    command = [
        part.replace("${REDIS_PASSWORD:?}", "secret") for part in compose["services"]["redis"]["command"]
    ]
    assert command[0] == "valkey-server"
    place = ["--port", "0", "--unixsocket", str(tmp_path / "v.sock"), "--dir", str(tmp_path)]
    with subprocess.Popen([program, *command[1:], *place], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until((tmp_path / "v.sock").exists, what="the broker's start")
            with Redis(unix_socket_path=str(tmp_path / "v.sock"), password="secret") as redis:
                wait_until(redis.ping, what="the broker's answer")
                assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
                assert redis.config_get("appendonly") == {"appendonly": "yes"}
        finally:
            process.terminate()


def test_the_image_is_made_from_files_that_are_there(steps: list[tuple[str, str]]) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:].rstrip("/") for line in ignored if line.startswith("!")}
    copied = [rest.split() for name, rest in steps if name == "COPY" and not rest.startswith("--from")]
    sources = {source for *named, _ in copied for source in named}
    assert sources == let_in
    for source in sources:
        assert (ROOT / source).exists(), source
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {
        project["project"]["readme"],
        *project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"],
    }
    assert needed <= sources


def test_no_secret_gets_into_the_image(steps: list[tuple[str, str]]) -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert ignored[0] == "*"
    assert any(fnmatch("workbench/.env", line) for line in ignored[1:])
    assert not [rest for name, rest in steps if name == "ARG"]
    set_there = {match for name, rest in steps if name == "ENV" for match in re.findall(r"([A-Z_]+)=", rest)}
    assert set_there <= variables() | OF_THE_IMAGE
    assert not {name for name in set_there if re.search("KEY|SECRET|TOKEN|PASSWORD|URL", name)}


def test_the_image_runs_as_somebody_without_rights(steps: list[tuple[str, str]]) -> None:
    last = [name for name, _ in steps][::-1]
    user = dict(steps)["USER"]
    assert int(user) > 0  # a number, so that the host can see that it is not root
    assert any(f"useradd --system --uid {user} " in rest for name, rest in steps if name == "RUN")
    assert last.index("CMD") < last.index("USER") < last.index("FROM")
    assert dict(steps)["STOPSIGNAL"] == "SIGTERM"
