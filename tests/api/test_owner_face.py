"""Where the store has users, the API has no key but its callers': it must do without the service's face."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import jwt
import pytest
from pydantic import SecretStr

from tests.api.conftest import Opened, PlayedWorker
from tests.support.api_server import running_api
from workbench.settings import Settings
from workbench.store.embedded import EmbeddedStore
from workbench.store.protocol import Owner, OwnerStore, Store

SECRET = "a-secret-shared-between-the-project-and-the-api"
ANA, BEN = str(uuid.uuid4()), str(uuid.uuid4())


class WithoutKey:
    """A store whose service's face is not to be had, as it is without the secret key."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.owners: set[str] = set()

    @property
    def ledger(self) -> NoReturn:
        raise AssertionError("the API asked for the ledger")

    @property
    def blobs(self) -> NoReturn:
        raise AssertionError("the API asked for everybody's blobs")

    @property
    def orphans(self) -> NoReturn:
        raise AssertionError("the API asked for everybody's orphans")

    def as_owner(self, owner: Owner) -> OwnerStore:
        assert owner.token is not None, "without the caller's token no row would be found"
        self.owners.add(owner.id)
        return self._store.as_owner(owner)

    def ping(self) -> None:
        self._store.ping()

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "store": "supabase",
            "supabase_url": "http://127.0.0.1:9",  # nobody is asked: the secret is here
            "supabase_publishable_key": "sb_publishable_of_tests",
            "supabase_jwt_secret": SecretStr(SECRET),
            "supabase_jwt_issuer": "",
        }
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = EmbeddedStore(tmp_path / "workbench.sqlite3", tmp_path / "blobs")
    yield store
    store.close()


@pytest.fixture
def guarded(store: Store) -> WithoutKey:
    return WithoutKey(store)


@pytest.fixture
def url(settings: Settings, guarded: WithoutKey) -> Iterator[str]:
    with running_api(settings, guarded) as url:
        yield url


def caller(url: str, user: str) -> httpx.Client:
    claims = {"sub": user, "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 3600}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    return httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=40)


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with caller(url, ANA) as client:
        yield client


def test_everything_is_done_with_the_callers_face(
    http: httpx.Client, opened: Opened, worker: PlayedWorker, guarded: WithoutKey, store: Store
) -> None:
    node, session = f"/nodes/{opened.node.id}", f"/sessions/{opened.session_id}"
    for path in (
        "/sessions", session, f"{session}/nodes", node, f"{node}/rows", f"{node}/data?format=parquet",
        f"{node}/profile", f"{node}/recipe", f"{node}/diff/{opened.node.id}", "/tasks",
    ):  # fmt: skip
        answer = http.get(path)
        assert answer.status_code == 200, (path, answer.text)
    said = http.post(f"{session}/chat", json={"message": "sort by age"})
    waiting = http.post(f"{session}/datasets", files={"file": ("more.csv", b"a\n1\n")})
    for accepted in (waiting, said):
        assert http.delete(f"/tasks/{accepted.json()['task_id']}").json()["status"] == "REVOKED"
    assert [key for key in store.blobs.keys("") if "/uploads/" in key] != []  # the played worker leaves its

    assert http.delete(session).status_code == 204

    assert list(store.blobs.keys("")) == []
    assert guarded.owners == {ANA}


def test_a_second_user_finds_nothing_of_the_first(url: str, opened: Opened) -> None:
    node, session = f"/nodes/{opened.node.id}", f"/sessions/{opened.session_id}"
    with caller(url, BEN) as ben:
        answers = [ben.get(path) for path in (session, node, f"{node}/rows", f"{node}/data")]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert ben.post(f"{session}/datasets", files={"file": ("a.csv", b"a\n1\n")}).status_code == 404
        assert ben.delete(session).status_code == 404
        assert ben.get("/sessions").json()["items"] == []
