"""Parts that would run on a Supabase project do not begin with keys with which they cannot work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RIGHT = {
    "SUPABASE_URL": "https://abc.supabase.co",
    "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_abc",
    "SUPABASE_SECRET_KEY": "sb_secret_abc",
    "SUPABASE_JWT_SECRET": "",
}


@pytest.mark.parametrize(
    ("command", "wrong", "said"),
    [
        ("api", {"SUPABASE_URL": "abc.supabase.co"}, "SUPABASE_URL is not the address"),
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
    environment = {**os.environ, **RIGHT, **wrong, "WORKBENCH_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(  # its own process: what is not refused takes the place of the one that asks
        [sys.executable, "-m", "workbench", command],
        env={**environment, "REDIS_URL": "redis://127.0.0.1:1/0"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2, done.stderr
    assert not [key for key in (*wrong.values(), RIGHT["SUPABASE_SECRET_KEY"]) if key and key in done.stderr]
    assert not (tmp_path / "data").exists()
