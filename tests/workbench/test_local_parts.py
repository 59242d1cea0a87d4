"""What the parts of a stack are told, and where their log goes."""

import os
import stat
from pathlib import Path

import pytest

from workbench.errors import ApiUnavailable, InvalidParameter
from workbench.local import is_running, settings_for, start_in_background
from workbench.local.output import to_file
from workbench.local.parts import environment, stack_parts
from workbench.local.runtime import prepare_folder
from workbench.local.stack import Stack
from workbench.settings import Settings


def read_in(settings, folder, monkeypatch):
    """The settings as a part reads them, in its own working directory."""
    for name in [name for name in os.environ if name.startswith(("WORKBENCH_", "REDIS_"))]:
        monkeypatch.delenv(name)
    for name, value in environment(settings, {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return Settings()


def test_every_part_reads_the_settings_that_the_supervisor_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("WORKBENCH_MAX_PLAN_STEPS=7\nWORKBENCH_ALLOWED_HOSTS=lab.example, desk.example\n")
    monkeypatch.setenv("WORKBENCH_LEASE_SECONDS", "12.5")
    settings = settings_for("here", port=4711, token="a secret of some length")
    other = tmp_path / "other"
    other.mkdir()
    read = read_in(settings, other, monkeypatch)
    assert read.data_dir == tmp_path / "here"
    assert read.max_plan_steps == 7
    assert read.allowed_hosts == ("lab.example", "desk.example")
    assert read.lease_seconds == 12.5
    assert read.port == 4711
    assert read.token.get_secret_value() == "a secret of some length"
    assert read.broker_url == settings.broker_url


def test_with_a_broker_elsewhere_none_is_run(tmp_path, monkeypatch):
    assert [part.name for part in stack_parts(settings_for(tmp_path))] == ["broker", "api", "worker"]
    monkeypatch.setenv("REDIS_URL", "redis://broker:6379/3")
    settings = settings_for(tmp_path)
    assert [part.name for part in stack_parts(settings)] == ["api", "worker"]
    assert read_in(settings, tmp_path, monkeypatch).redis_url == "redis://broker:6379/3"


def test_stopping_one_part_after_the_other_takes_less_than_ten_seconds(tmp_path):
    assert sum(part.stop_seconds for part in stack_parts(settings_for(tmp_path))) < 9


def test_a_data_folder_that_is_made_is_private_and_one_that_is_there_keeps_its_mode(tmp_path):
    new, used = tmp_path / "new", tmp_path / "used"
    used.mkdir(mode=0o755)
    (used / "notes.txt").touch()
    for folder in (new, used):
        prepare_folder(settings_for(folder))
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    assert stat.S_IMODE(used.stat().st_mode) == 0o755
    assert stat.S_IMODE((used / "broker").stat().st_mode) == 0o700


def test_the_socket_of_a_long_path_lies_in_a_private_folder(tmp_path):
    settings = settings_for(tmp_path / ("long" * 30))
    prepare_folder(settings)
    folder = settings.broker_socket.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)
    with pytest.raises(InvalidParameter, match="open to others"):
        prepare_folder(settings)
    folder.rmdir()


def test_a_data_folder_that_cannot_be_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidParameter, match=r"cannot be used: .* Choose another with --data-dir"):
        Stack(settings_for(tmp_path / "file" / "data"), say=print).run()


def test_a_log_file_is_private_and_each_line_has_its_part_and_its_time(tmp_path):
    path = tmp_path / "logs" / "stack.log"
    with to_file(path) as say:
        say("api", "up")
        say("", "Workbench ready at http://127.0.0.1:1")
    first, second = path.read_text().splitlines()
    assert first.endswith(" api       | up")
    assert second.endswith(" Workbench ready at http://127.0.0.1:1")
    assert first[:4].isdigit()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_stack_that_does_not_start_says_why(tmp_path):
    (tmp_path / "token").write_text("short")
    with pytest.raises(ApiUnavailable) as caught:
        start_in_background(tmp_path)
    assert "did not start" in caught.value.message
    assert "holds no usable token" in caught.value.hint
    assert not is_running(settings_for(tmp_path))
