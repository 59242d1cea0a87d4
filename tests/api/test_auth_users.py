"""The users of a Supabase project, with the project as the store: each is given their own, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.main import create_app
from tests.api.conftest import PEOPLE, PlayedWorker
from tests.support.api_server import running_api
from tests.support.supabase_lite import SupabaseLite
from tests.support.valkey import Broker
from tests.support.waiting import wait_until
from workbench.ids import new_id
from workbench.settings import Settings
from workbench.store import open_store
from workbench.store.protocol import Store
from workers.live import LiveBoard

UNKNOWN = "0198f2a4-6c1e-7d53-9b0e-3f1f5f3f9a10"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class User:
    """Somebody who has signed up, and asks the API."""

    id: str
    token: str
    http: httpx.Client


@dataclass(frozen=True)
class Ids:
    """What belongs to somebody, or to nobody."""

    session_id: str = UNKNOWN
    node_id: str = UNKNOWN
    task_id: str = UNKNOWN

    def unknown_in(self, text: str) -> str:
        """A text, with these ids replaced by one that nothing has."""
        for own in (self.session_id, self.node_id, self.task_id):
            text = text.replace(own, UNKNOWN)
        return text


@pytest.fixture
def settings(supabase_lite: SupabaseLite, valkey_server: Broker, tmp_path: Path) -> Settings:
    supabase_lite.reset()
    return supabase_lite.settings(
        data_dir=tmp_path / "data",
        redis_url=valkey_server.url,
        resend_seconds=3600,
        sweep_seconds=3600,
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """The store as a worker has it; the API has one of its own, without the secret key."""
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture
def url(settings: Settings) -> Iterator[str]:
    with running_api(settings.model_copy(update={"supabase_secret_key": None})) as url:
        yield url


@pytest.fixture
def signed_up(url: str, supabase_lite: SupabaseLite) -> Iterator[Callable[[], User]]:
    clients: list[httpx.Client] = []

    def sign_up() -> User:
        user, token = supabase_lite.sign_up(f"{new_id()}@example.com", PASSWORD)
        headers = {"Authorization": f"Bearer {token}"}
        clients.append(httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=40))
        return User(user, token, clients[-1])

    yield sign_up
    for client in clients:
        client.close()


@pytest.fixture
def ana(signed_up: Callable[[], User]) -> User:
    return signed_up()


@pytest.fixture
def ben(signed_up: Callable[[], User]) -> User:
    return signed_up()


def opened_by(user: User, worker: PlayedWorker) -> Ids:
    """A user opens a file, and has a command waiting."""
    session_id = user.http.post("/sessions", json={"name": "theirs"}).json()["id"]
    upload = user.http.post(f"/sessions/{session_id}/datasets", files={"file": ("people.csv", b"a\n1\n")})
    node = worker.open_table(upload.json()["task_id"], PEOPLE)
    chat = user.http.post(f"/sessions/{session_id}/chat", json={"message": "drop rows without email"})
    assert chat.status_code == 202, chat.text
    return Ids(session_id, node.id, chat.json()["task_id"])


@pytest.fixture
def anas(ana: User, worker: PlayedWorker) -> Ids:
    return opened_by(ana, worker)


def direct(supabase: SupabaseLite, user: User) -> httpx.Client:
    """The project itself, without our API."""
    headers = {"apikey": supabase.publishable_key, "Authorization": f"Bearer {user.token}"}
    return httpx.Client(base_url=supabase.url, headers=headers, timeout=30)


def state(user: User, ids: Ids) -> list[Any]:
    """All that a user sees of what is theirs."""
    paths = (f"/sessions/{ids.session_id}", f"/sessions/{ids.session_id}/nodes", f"/nodes/{ids.node_id}/rows")
    answers = [user.http.get(path) for path in ("/sessions", "/tasks", *paths, f"/tasks/{ids.task_id}")]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]


def test_who_signed_up_reads_and_writes_under_row_level_security(
    ana: User, anas: Ids, supabase_lite: SupabaseLite
) -> None:
    assert ana.http.get(f"/nodes/{anas.node_id}/rows").json()["total"] == PEOPLE.num_rows
    assert ana.http.get(f"/nodes/{anas.node_id}/data").text.startswith("email,age")
    assert ana.http.get(f"/tasks/{anas.task_id}").json()["status"] == "PENDING"
    with direct(supabase_lite, ana) as project:
        rows = project.get("/rest/v1/sessions?select=id,owner").json()
    assert rows == [{"id": anas.session_id, "owner": ana.id}]


BODIES: dict[str, dict[str, Any]] = {
    "change_session": {"json": {"name": "mine"}},
    "upload_dataset": {"files": {"file": ("people.csv", b"a\n1\n")}},
    "submit_chat_message": {"json": {"message": "drop rows without email"}},
    "apply_transformations": {"json": {"plan": [{"kind": "drop_nulls", "columns": ["email"]}]}},
}


def operations() -> list[tuple[str, str, str]]:
    """Every operation that is about something that has an id."""
    paths = create_app(Settings(_env_file=None)).openapi()["paths"]
    return [
        (method.upper(), path.removeprefix("/api/v1"), operation["operationId"])
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "{" in path
    ]


def test_what_is_somebody_elses_is_as_if_it_were_not_there(ana: User, ben: User, anas: Ids) -> None:
    before = state(ana, anas)
    assert len(operations()) >= 15
    for method, path, name in operations():
        places = [path.format(other_id=ids.node_id, **vars(ids)) for ids in (anas, Ids())]
        hers, nobodys = (ben.http.request(method, place, **BODIES.get(name, {})) for place in places)
        assert (hers.status_code, nobodys.status_code) == (404, 404), f"{method} {path}: {hers.text}"
        assert anas.unknown_in(hers.text) == nobodys.text, f"{method} {path}"
    assert state(ana, anas) == before
    assert ben.http.get("/sessions").json()["items"] == ben.http.get("/tasks").json()["items"] == []


def test_somebody_elses_cannot_be_named_beside_ones_own(
    ana: User, ben: User, anas: Ids, worker: PlayedWorker
) -> None:
    before, own = state(ana, anas), opened_by(ben, worker)
    plan = BODIES["apply_transformations"]["json"]

    def asked(node_id: str, session_id: str, task_id: str) -> list[httpx.Response]:
        mine = f"/sessions/{own.session_id}"
        return [
            ben.http.post(f"{mine}/chat", json={"message": "drop rows without email", "node_id": node_id}),
            ben.http.post(f"{mine}/transformations", json={**plan, "node_id": node_id}),
            ben.http.patch(mine, json={"head": node_id}),
            ben.http.get(f"/nodes/{own.node_id}/diff/{node_id}"),
            ben.http.get("/tasks", params={"session_id": session_id}),
            ben.http.get("/sessions", params={"after": session_id}),
            ben.http.get("/tasks", params={"after": task_id}),
            ben.http.get(f"{mine}/nodes", params={"after": node_id}),
        ]

    hers = asked(anas.node_id, anas.session_id, anas.task_id)
    nobodys = asked(UNKNOWN, UNKNOWN, UNKNOWN)
    assert [answer.status_code for answer in hers] == [404] * len(hers)
    assert [anas.unknown_in(answer.text) for answer in hers] == [answer.text for answer in nobodys]
    assert state(ana, anas) == before


def test_nor_is_it_there_past_the_api(ana: User, ben: User, anas: Ids, supabase_lite: SupabaseLite) -> None:
    before = state(ana, anas)
    with direct(supabase_lite, ana) as project:
        keys = {"p_prefix": "", "p_after": None, "p_limit": 100}
        blobs = project.post("/rest/v1/rpc/blob_keys", json=keys).json()
        assert blobs
    with direct(supabase_lite, ben) as project:
        for table in ("sessions", "nodes", "head_history", "tasks"):
            assert project.get(f"/rest/v1/{table}").json() == []
            rows = f"/rest/v1/{table}?owner=eq.{ana.id}"
            for method in ("PATCH", "DELETE"):
                written = project.request(method, rows, json={"owner": ben.id}, headers=SHOW)
                assert not written.is_success or written.json() == [], written.text
        assert project.post("/rest/v1/rpc/blob_keys", json=keys).json() == []
        for name in blobs:
            place = "/storage/v1/object/workbench"
            hers, nobodys = (project.get(f"{place}/{key}") for key in (name, f"{ben.id}/none"))
            assert not hers.is_success
            assert (hers.status_code, hers.json()["message"]) == (
                nobodys.status_code,
                nobodys.json()["message"],
            )
            project.request("DELETE", place, json={"prefixes": [name]})
        for function, arguments in calls(anas).items():
            hers = project.post(f"/rest/v1/rpc/{function}", json=arguments)
            assert hers.status_code == 404, f"{function}: {hers.text}"
    assert state(ana, anas) == before


SHOW = {"Prefer": "return=representation"}  # what was written is answered


def calls(ids: Ids) -> dict[str, dict[str, Any]]:
    """The functions that users may call, on what somebody has."""
    new = {"p_id": UNKNOWN, "p_kind": "process_chat_message", "p_payload": {"message": "drop rows"}}
    move = {"p_move": "checkout", "p_node": ids.node_id, "p_request": UNKNOWN}
    return {
        "rename_session": {"p_id": ids.session_id, "p_name": "mine"},
        "delete_session": {"p_id": ids.session_id},
        "move_head": {"p_session": ids.session_id, **move},
        "submit_task": {
            **new,
            "p_session": ids.session_id,
            "p_queue": "interactive",
            "p_key": None,
            "p_hash": None,
        },
        "cancel_task": {"p_task": ids.task_id, "p_error": {}},
    }


def test_a_long_poll_outlasts_the_token(
    ana: User, anas: Ids, supabase_lite: SupabaseLite, worker: PlayedWorker, board: LiveBoard
) -> None:
    token = supabase_lite.token(ana.id, exp=int(time.time()) + 3)
    headers = {"Authorization": f"Bearer {token}"}

    def expired() -> bool:
        return ana.http.get("/sessions", headers=headers).status_code == 401

    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(
            ana.http.get, f"/tasks/{anas.task_id}", params={"wait": 30}, headers=headers, timeout=60
        )
        wait_until(expired, what="the token's expiry")
        assert not poll.done()
        worker.claim(anas.task_id)
        worker.finish(anas.task_id)  # of which the API hears, and then reads the row
        answer = poll.result()
    assert (answer.status_code, answer.json()["status"]) == (200, "PENDING")
    answer = ana.http.get(f"/tasks/{anas.task_id}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert ana.http.get(f"/tasks/{anas.task_id}").json()["status"] == "SUCCESS"
