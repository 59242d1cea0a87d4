"""Sessions over HTTP."""

from __future__ import annotations

import httpx


def test_a_session_is_made_read_renamed_and_deleted(http: httpx.Client) -> None:
    made = http.post("/sessions", json={"name": "Delays"})
    assert made.status_code == 201
    session = made.json()
    assert made.headers["location"] == f"/api/v1/sessions/{session['id']}"
    assert set(session) == {
        "id", "name", "head", "can_undo", "can_redo", "datasets", "created_at", "updated_at",
    }  # fmt: skip
    assert (session["name"], session["head"], session["datasets"]) == ("Delays", None, {})
    assert http.get(f"/sessions/{session['id']}").json() == session

    renamed = http.patch(f"/sessions/{session['id']}", json={"name": "  Delays by carrier "})
    assert renamed.json()["name"] == "Delays by carrier"

    assert http.delete(f"/sessions/{session['id']}").status_code == 204
    assert http.get(f"/sessions/{session['id']}").json()["code"] == "session_not_found"
