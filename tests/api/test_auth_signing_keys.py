"""The keys of a project: rotated, asked for by strangers, or not to be had."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import api.auth.signing_keys
from tests.support.project_api import Caller, api_of_project, refused, unavailable
from tests.support.signing_project import SigningKey, SigningProject, signing_project
from tests.support.waiting import wait_until
from workbench.settings import Settings
from workbench.store.protocol import Store


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock by which keys grow old; the test turns it forward."""

    class Clock:
        ahead = 0.0

    monkeypatch.setattr(api.auth.signing_keys, "monotonic", lambda: time.monotonic() + Clock.ahead)
    return Clock


@pytest.fixture
def project() -> Iterator[SigningProject]:
    with signing_project() as project:
        yield project


@pytest.fixture
def get(settings: Settings, store: Store, project: SigningProject) -> Iterator[Caller]:
    with api_of_project(project, settings, store) as caller:
        yield caller


def test_rotated_keys_are_picked_up_at_once(get: Caller, project: SigningProject, clock: Any) -> None:
    old, new = project.keys[0], SigningKey("RS256")
    assert get(old.sign(project.claims())).status_code == 200
    project.keys = [new, old]
    assert get(new.sign(project.claims())).status_code == 200
    assert get(old.sign(project.claims())).status_code == 200
    assert project.fetches == 2
    project.keys = [new]
    clock.ahead += 301
    refused(get(old.sign(project.claims())))  # withdrawn, and known to be within five minutes
    assert get(new.sign(project.claims())).status_code == 200
    assert project.fetches == 3


def test_many_requests_at_once_share_one_fetch(get: Caller, project: SigningProject) -> None:
    project.answering.clear()
    token = project.token()
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(get, token) for _ in range(20)]
        wait_until(lambda: project.fetches, what="the fetch")
        assert get(None, "/health").status_code == 200  # nothing is held up by it
        project.answering.set()
        assert [answer.result().status_code for answer in answers] == [200] * 20
    assert project.fetches == 1


def test_strangers_cannot_make_the_api_ask_again_and_again(
    get: Caller, project: SigningProject, clock: Any
) -> None:
    assert get(project.token()).status_code == 200
    strange = SigningKey()

    def flood() -> None:
        with ThreadPoolExecutor(8) as pool:
            tokens = [strange.sign(project.claims(), kid=str(uuid.uuid4())) for _ in range(200)]
            assert {answer.status_code for answer in pool.map(get, tokens)} == {401}

    flood()
    assert project.fetches <= 5
    before = project.fetches
    clock.ahead += 5
    flood()
    assert before < project.fetches <= before + 3
    assert get(project.token()).status_code == 200
    clock.ahead += 5
    project.keys = [SigningKey()]  # rotated under fire
    assert get(project.token()).status_code == 200


TROUBLES: list[tuple[dict[str, Any], str]] = [
    ({"status": 500}, "status 500"),
    ({"status": 404}, "status 404"),
    ({"body": b"<html>"}, "no set of keys"),
    ({"body": b"[]"}, "no set of keys"),
    ({"body": b'{"keys": 1}'}, "no set of keys"),
]


def test_keys_that_cannot_be_read_are_no_fault_of_the_token(
    get: Caller, project: SigningProject, clock: Any
) -> None:
    for trouble, said in TROUBLES:
        vars(project).update({"status": 200, "body": None, **trouble})
        clock.ahead += 5
        assert said in unavailable(get(project.token()))
        assert get(None, "/health").status_code == 200
    vars(project).update({"status": 200, "body": None})
    clock.ahead += 5
    assert get(project.token()).status_code == 200


def test_a_project_that_is_down_is_said_to_be(settings: Settings, store: Store) -> None:
    with signing_project() as gone:
        pass
    with api_of_project(gone, settings, store) as get:
        assert "cannot be reached" in unavailable(get(gone.token()))


def test_keys_outlast_a_project_that_is_down_for_a_while(
    get: Caller, project: SigningProject, clock: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    token = project.token(exp=int(time.time()) + 10_000)
    assert get(token).status_code == 200
    project.status = 500
    clock.ahead += 301
    assert get(token).status_code == 200
    assert "signing keys not read" in capfd.readouterr().err
    unavailable(get(SigningKey().sign(project.claims())))  # it might be a new key
    clock.ahead += 3400
    unavailable(get(token))
    project.status = 200
    clock.ahead += 5
    assert get(token).status_code == 200


def test_one_bad_key_does_not_spoil_the_others(get: Caller, project: SigningProject) -> None:
    good = project.keys[0].jwk()
    bad = [
        {},
        {"kty": "EC", "kid": "a"},
        {**good, "kid": "b", "x": "AAAA"},
        {**good, "kid": "c", "crv": "P-1"},
        {**good, "kid": 1},
        {"kty": "RSA", "kid": "d", "alg": ["RS256"]},
        "text",
    ]
    project.body = json.dumps({"keys": [*bad, good]}).encode()
    assert get(project.token()).status_code == 200


def test_a_key_for_encryption_and_a_weak_one_verify_nothing(get: Caller, project: SigningProject) -> None:
    key = project.keys[0]
    weak = SigningKey("RS256", key.key_id)
    weak.private = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        weakly_signed = weak.sign(project.claims())
    for published, token in ((key.jwk(use="enc"), project.token()), (weak.jwk(), weakly_signed)):
        project.body = json.dumps({"keys": [published]}).encode()
        assert "not the project's" in refused(get(token))
