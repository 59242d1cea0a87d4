"""Who may call, and under which name."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.auth import api_token
from api.main import create_app
from api.middleware import AllowedHosts
from tests.api.conftest import TOKEN
from workbench.errors import InternalError
from workbench.settings import Settings

OPEN = {"/health", "/ready", "/api/v1/health", "/api/v1/ready", "/api/v1/auth"}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        f"Basic {TOKEN}",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer ü",
    ],
)
def test_without_the_right_token_nothing_is_answered(url: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode()}
    answer = httpx.get(f"{url}/api/v1/sessions", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


def test_the_scheme_is_read_in_any_case(url: str) -> None:
    assert (
        httpx.get(f"{url}/api/v1/sessions", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200
    )


def test_every_operation_wants_the_token_but_for_health(url: str) -> None:
    document = create_app(Settings(token=TOKEN)).openapi()
    asked = 0
    for path, operations in document["paths"].items():
        for method in operations:
            concrete = path.replace("{", "").replace("}", "")
            answer = httpx.request(method, f"{url}{concrete}")
            if path not in OPEN:
                asked += 1
                assert answer.status_code == 401, f"{method} {path} answers {answer.status_code}"
    assert asked > 20


def test_a_token_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", token=None)
    with ThreadPoolExecutor(8) as pool:
        tokens = {token.get_secret_value() for token in pool.map(lambda _: api_token(settings), range(16))}
    assert len(tokens) == 1
    assert len(tokens.pop()) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "token").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["token"]


def test_a_token_that_is_set_is_taken_and_not_written(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", token=TOKEN)
    assert api_token(settings).get_secret_value() == TOKEN
    assert not (tmp_path / "data").exists()


def test_an_empty_token_file_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(InternalError, match="no usable token"):
        api_token(Settings(data_dir=tmp_path, token=None))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8321", "[::1]:8321", "LOCALHOST:1"])
def test_local_names_are_ours(url: str, host: str) -> None:
    assert httpx.get(f"{url}/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8321", "localhost.evil.example", "127.0.0.1.evil.example", ""]
)
def test_other_names_are_not(url: str, host: str) -> None:
    answer = httpx.get(f"{url}/health", headers={"Host": host, "Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["code"]) == (421, "host_not_allowed")


def test_names_may_be_added_and_other_interfaces_take_any() -> None:
    hosts = AllowedHosts(Settings(host="workbench.lan", allowed_hosts="a.example, b.example"))
    assert hosts.allows("a.example:80", "127.0.0.1")
    assert hosts.allows("workbench.lan", "127.0.0.1")
    assert not hosts.allows("c.example", "::1")
    assert hosts.allows("c.example", "192.168.1.7")
    assert AllowedHosts(Settings(allowed_hosts="*")).allows("c.example", "127.0.0.1")


def test_other_origins_are_given_nothing(http: httpx.Client) -> None:
    answer = http.options(
        "/sessions", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
