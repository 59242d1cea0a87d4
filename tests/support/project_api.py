"""An API that takes the access tokens of a project, and those who ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.api_server import running_api
from tests.support.signing_project import PUBLISHABLE_KEY, SigningProject
from workbench.settings import Settings
from workbench.store.protocol import Store


class Caller:
    """Asks the API with one token or another."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def __call__(self, token: str | None, path: str = "/sessions") -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
        return self._http.get(path, headers=headers)


@contextmanager
def api_of_project(
    project: SigningProject, settings: Settings, store: Store, **more: Any
) -> Iterator[Caller]:
    """Run the API on a store, with the users of a project."""
    changed = {
        "store": "supabase",
        "supabase_url": project.url,
        "supabase_publishable_key": PUBLISHABLE_KEY,
        **more,
    }
    with (
        running_api(Settings(**{**settings.model_dump(), **changed}), store) as url,
        httpx.Client(base_url=f"{url}/api/v1", timeout=40) as http,
    ):
        yield Caller(http)


def refused(answer: httpx.Response, code: str = "unauthorized") -> str:
    """Check the refusal of a token, and give its sentence with the hint."""
    assert (answer.status_code, answer.json()["code"]) == (401, code), answer.text
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.json()["hint"]
    return f"{answer.json()['detail']} {answer.json()['hint']}"


def unavailable(answer: httpx.Response) -> str:
    """Check that the API says that it cannot tell, and give its sentence."""
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable"), answer.text
    assert answer.headers["retry-after"]
    return str(answer.json()["detail"])
