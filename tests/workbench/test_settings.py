"""Settings: which store they choose, and where they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.settings import Settings

PROJECT = "https://project.supabase.co"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("WORKBENCH_STORE", "SUPABASE_URL", "WORKBENCH_SUPABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_embedded_store_is_the_default() -> None:
    assert Settings().store == "embedded"


@pytest.mark.parametrize("name", ["SUPABASE_URL", "WORKBENCH_SUPABASE_URL"])
@pytest.mark.parametrize("place", ["environment", "file"])
def test_the_address_of_a_project_chooses_supabase(
    monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv(name, PROJECT)
    else:
        Path(".env").write_text(f"{name}={PROJECT}\n")
    settings = Settings()
    assert (settings.store, settings.supabase_url) == ("supabase", PROJECT)


def test_what_is_said_of_the_store_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", PROJECT)
    monkeypatch.setenv("WORKBENCH_STORE", "embedded")
    assert Settings().store == "embedded"


def test_an_address_that_is_empty_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", "")
    assert Settings().store == "embedded"


@pytest.mark.parametrize(
    ("key", "older"),
    [
        ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY"),
        ("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
    ],
)
def test_keys_are_read_by_their_old_names_too(monkeypatch: pytest.MonkeyPatch, key: str, older: str) -> None:
    field = key.lower()
    monkeypatch.setenv(older, "old")
    assert "old" in _plain(getattr(Settings(), field))
    monkeypatch.setenv(key, "new")
    assert "new" in _plain(getattr(Settings(), field))


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SUPABASE_SECRET_KEY", "SUPABASE_JWT_SECRET", "WORKBENCH_TOKEN"):
        monkeypatch.setenv(name, "do-not-show")
    monkeypatch.setenv("REDIS_URL", "redis://:do-not-show@localhost:6379/0")
    assert "do-not-show" not in repr(Settings())


def _plain(value: object) -> str:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
