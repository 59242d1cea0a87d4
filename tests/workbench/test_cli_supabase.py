"""Parts that would run on a Supabase project do not begin with keys with which they cannot work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.supabase_lite import SupabaseLite
from tests.support.valkey import Broker

RIGHT = {
    "SUPABASE_URL": "https://abc.supabase.co",
    "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_abc",
    "SUPABASE_SECRET_KEY": "sb_secret_abc",
    "SUPABASE_JWT_SECRET": "",
}


def ended(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command's end, in a process of its own: what is not refused takes the place of the one that asks."""
    return subprocess.run(
        [sys.executable, "-m", "workbench", *arguments],
        env={**os.environ, "WORKBENCH_DATA_DIR": str(folder / "data"), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "wrong", "said"),
    [
        ("api", {"SUPABASE_URL": "abc.supabase.co"}, "SUPABASE_URL is not the address"),
        ("api", {"SUPABASE_URL": "https://abc.supabase.co/rest/v1/"}, "SUPABASE_URL is not the address"),
        ("api", {"SUPABASE_URL": "https://supabase.com/dashboard/project/abc"}, "SUPABASE_URL is not the"),
        ("api", {"SUPABASE_PUBLISHABLE_KEY": ""}, "SUPABASE_PUBLISHABLE_KEY is not set"),
        ("api", {"SUPABASE_PUBLISHABLE_KEY": "sb_secret_abc"}, "holds a secret key"),
        ("api", {"SUPABASE_JWT_SECRET": "too-few-bytes"}, "shorter than 32 bytes"),
        ("worker", {"SUPABASE_SECRET_KEY": ""}, "SUPABASE_SECRET_KEY is not set"),
        ("worker", {"SUPABASE_SECRET_KEY": "sb_publishable_abc"}, "holds a publishable key"),
        ("up", {"SUPABASE_PUBLISHABLE_KEY": ""}, "SUPABASE_PUBLISHABLE_KEY is not set"),
        ("up", {"SUPABASE_SECRET_KEY": ""}, "SUPABASE_SECRET_KEY is not set"),
    ],
)
def test_a_wrong_key_is_said_before_anything_begins(
    tmp_path: Path, command: str, wrong: dict[str, str], said: str
) -> None:
    done = ended(tmp_path, command, **{**RIGHT, **wrong, "REDIS_URL": "redis://127.0.0.1:1/0"})
    assert done.returncode == 1, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2, done.stderr
    assert not [key for key in (*wrong.values(), RIGHT["SUPABASE_SECRET_KEY"]) if key and key in done.stderr]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("wrong", ["SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"])
def test_a_stack_does_not_begin_with_the_key_of_another_project(
    tmp_path: Path, supabase_lite: SupabaseLite, wrong: str
) -> None:
    of_another = {"SUPABASE_PUBLISHABLE_KEY": "sb_publishable_abc", "SUPABASE_SECRET_KEY": "sb_secret_abc"}
    done = ended(tmp_path, "up", **{**supabase_lite.environment(), wrong: of_another[wrong]})
    assert done.returncode == 1, done.stderr
    assert "[store_key_refused]" in done.stderr
    assert "WORKBENCH_STORE=embedded" in done.stderr
    assert len(done.stderr.splitlines()) == 2, done.stderr


@pytest.mark.parametrize(
    ("somebody_s", "code"),
    [
        ({"SUPABASE_PUBLISHABLE_KEY": "", "SUPABASE_SECRET_KEY": ""}, "store_key_refused"),
        ({"SUPABASE_URL": "http://127.0.0.1:1"}, "sign_in_failed"),
        (
            {"SUPABASE_URL": "http://127.0.0.1:1", "WORKBENCH_EMAIL": "ana@a.b", "WORKBENCH_PASSWORD": "abc"},
            "store_unavailable",
        ),
    ],
)
def test_who_has_a_project_for_something_else_is_told_how_to_go_without(
    tmp_path: Path, somebody_s: dict[str, str], code: str
) -> None:
    environment = {**RIGHT, **somebody_s}
    done = ended(tmp_path, "run", "--sample", "flights", "drop rows without dep_delay", **environment)
    assert done.returncode == 1, done.stderr
    said = done.stderr.splitlines()
    assert len(said) == 2, done.stderr
    assert f"[{code}]" in said[0]
    assert "WORKBENCH_STORE=embedded" in said[1]
    assert not (tmp_path / "data" / "workbench.log").exists()  # nothing was begun


def test_a_worker_does_not_begin_with_the_key_of_another_project(
    tmp_path: Path, supabase_lite: SupabaseLite, valkey_server: Broker
) -> None:
    environment = {
        **supabase_lite.environment(),
        "SUPABASE_PUBLISHABLE_KEY": "",
        "REDIS_URL": valkey_server.url,
    }
    done = ended(tmp_path, "worker", **{**environment, "SUPABASE_SECRET_KEY": "sb_secret_abc"})
    assert done.returncode == 1, done.stderr
    assert "[store_key_refused]" in done.stderr
    assert "Traceback" not in done.stderr


def test_in_python_it_is_said_in_one_error(tmp_path: Path) -> None:
    environment = {**os.environ, **RIGHT, "SUPABASE_URL": "http://127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, "-c", "from workbench import Workbench; Workbench()"],
        env={**environment, "WORKBENCH_DATA_DIR": str(tmp_path / "data")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr.count("Traceback") == 1, done.stderr
    assert "StoreUnavailable: The project of SUPABASE_URL cannot be the store" in done.stderr
