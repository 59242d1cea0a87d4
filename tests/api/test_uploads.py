"""Uploads: streamed into the blob store, whole or not at all."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import TOKEN
from tests.support.waiting import wait_until
from workbench.settings import Settings
from workbench.store.protocol import OwnerStore, Store


@pytest.fixture
def session_id(http: httpx.Client) -> str:
    return str(http.post("/sessions", json={"name": "Uploads"}).json()["id"])


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"max_upload_bytes": 3_000_000})


def stored(store: Store) -> list[str]:
    return list(store.blobs.keys("local/"))


def temporary(settings: Settings) -> list[Path]:
    return [path for path in settings.blobs.rglob("*") if path.is_file()]


def read(store: Store, key: str) -> bytes:
    with store.blobs.open(key) as blob:
        return blob.read()


def test_a_file_arrives_as_it_was_sent(
    http: httpx.Client, session_id: str, store: Store, owner_store: OwnerStore
) -> None:
    # Random bytes, with what might be taken for a boundary, over several chunks.
    content = b"\r\n--".join(hashlib.sha256(bytes([i % 256])).digest() * 100 for i in range(700))
    answer = http.post(
        f"/sessions/{session_id}/datasets",
        data={"name": "my data"},
        files={"file": ("flights.csv", content, "text/csv")},
    )
    assert answer.status_code == 202
    assert answer.json()["status"] == "PENDING"
    task = owner_store.task(answer.json()["task_id"])
    key = f"local/{session_id}/uploads/{task.id}"
    assert task.payload == {
        "upload": key,
        "sha256": hashlib.sha256(content).hexdigest(),
        "filename": "flights.csv",
        "dataset": "my data",
    }
    assert read(store, key) == content


@pytest.mark.parametrize(
    ("filename", "base", "dataset"),
    [
        ("flights 2013.csv", "flights 2013.csv", "flights 2013"),
        ("../../etc/passwd", "passwd", "passwd"),
        ("C:\\data\\sales.xlsx", "sales.xlsx", "sales"),
        ("Größe.tar.gz", "Größe.tar.gz", "Größe"),
        (".hidden", ".hidden", ".hidden"),
        ("/", "upload", "upload"),
    ],
)
def test_a_file_name_is_reduced_to_its_base(
    http: httpx.Client, session_id: str, owner_store: OwnerStore, filename: str, base: str, dataset: str
) -> None:
    answer = http.post(f"/sessions/{session_id}/datasets", files={"file": (filename, b"a\n1\n")})
    payload = owner_store.task(answer.json()["task_id"]).payload
    assert (payload["filename"], payload["dataset"]) == (base, dataset)


@pytest.mark.parametrize("declared", [True, False], ids=["with its length", "chunked"])
def test_a_file_over_the_limit_is_refused_and_leaves_nothing(
    http: httpx.Client, session_id: str, store: Store, settings: Settings, declared: bool
) -> None:
    request = http.build_request(
        "POST", f"/sessions/{session_id}/datasets", files={"file": ("big.csv", b"x" * 5_000_000)}
    )
    if not declared:
        body = request.read()
        headers = {"Content-Type": request.headers["content-type"]}
        chunks = (body[start : start + 100_000] for start in range(0, len(body), 100_000))
        request = http.build_request(
            "POST", f"/sessions/{session_id}/datasets", content=chunks, headers=headers
        )
    answer = http.send(request)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert "3,000,000 bytes" in answer.json()["detail"]
    assert temporary(settings) == []
    assert http.get("/tasks").json()["items"] == []


def test_a_file_just_at_the_limit_is_taken(http: httpx.Client, session_id: str, store: Store) -> None:
    answer = http.post(f"/sessions/{session_id}/datasets", files={"file": ("big.csv", b"x" * 3_000_000)})
    assert answer.status_code == 202
    assert [store.blobs.size(key) for key in stored(store)] == [3_000_000]


BOUNDARY = "xyz"
PART = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\n1\n\r\n'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a,b\n1,2\n", "text/csv"),
        (b"{}", "application/json"),
        (PART + b"--xyz--\r\n", "multipart/form-data"),
        (b"", f"multipart/form-data; boundary={BOUNDARY}"),
        (b"--xyz--\r\n", f"multipart/form-data; boundary={BOUNDARY}"),
        (b"nothing like it", f"multipart/form-data; boundary={BOUNDARY}"),
        (PART, f"multipart/form-data; boundary={BOUNDARY}"),
        (PART + PART + b"--xyz--\r\n", f"multipart/form-data; boundary={BOUNDARY}"),
        (
            b'--xyz\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file name\r\n--xyz--\r\n',
            f"multipart/form-data; boundary={BOUNDARY}",
        ),
        (
            b'--xyz\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"n" * 20_000 + b"\r\n" + PART,
            f"multipart/form-data; boundary={BOUNDARY}",
        ),
    ],
    ids=[
        "not a form",
        "json",
        "no boundary",
        "nothing",
        "no part",
        "no form",
        "cut",
        "two files",
        "no name",
        "long field",
    ],
)
def test_what_is_no_form_with_one_file_is_refused_and_leaves_nothing(
    http: httpx.Client, session_id: str, settings: Settings, body: bytes, content_type: str
) -> None:
    answer = http.post(
        f"/sessions/{session_id}/datasets", content=body, headers={"Content-Type": content_type}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert answer.json()["hint"]
    assert temporary(settings) == []


def test_an_upload_that_breaks_off_leaves_nothing(
    http: httpx.Client, session_id: str, settings: Settings, url: str
) -> None:
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            f"POST /api/v1/sessions/{session_id}/datasets HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Length: 2000000\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode()
            + PART[:-6] + b"x" * 1_500_000
        )  # fmt: skip
        wait_until(lambda: temporary(settings), what="the upload's beginning")
    wait_until(lambda: not temporary(settings), what="the upload's removal")
    assert http.get("/tasks").json()["items"] == []


def test_an_upload_to_no_session_is_refused_before_it_is_read(http: httpx.Client, settings: Settings) -> None:
    answer = http.post("/sessions/unknown/datasets", files={"file": ("a.csv", b"a\n1\n")})
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert temporary(settings) == []


def test_the_same_key_gives_the_same_task_and_keeps_one_upload(
    http: httpx.Client, session_id: str, store: Store
) -> None:
    def upload(content: bytes) -> httpx.Response:
        return http.post(
            f"/sessions/{session_id}/datasets",
            files={"file": ("a.csv", content)},
            headers={"Idempotency-Key": "one"},
        )

    first, again = upload(b"a\n1\n"), upload(b"a\n1\n")
    assert again.json() == first.json()
    assert stored(store) == [f"local/{session_id}/uploads/{first.json()['task_id']}"]
    other = upload(b"a\n2\n")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    assert len(stored(store)) == 1


def test_a_dataset_name_is_bounded(http: httpx.Client, session_id: str, settings: Settings) -> None:
    answer = http.post(
        f"/sessions/{session_id}/datasets", data={"name": "n" * 101}, files={"file": ("a.csv", b"a\n1\n")}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert temporary(settings) == []


def test_deleting_a_session_deletes_its_data(http: httpx.Client, session_id: str, store: Store) -> None:
    http.post(f"/sessions/{session_id}/datasets", files={"file": ("a.csv", b"a\n1\n")})
    other = str(http.post("/sessions", json={"name": "Other"}).json()["id"])
    http.post(f"/sessions/{other}/datasets", files={"file": ("a.csv", b"a\n1\n")})
    assert len(stored(store)) == 2
    assert http.delete(f"/sessions/{session_id}").status_code == 204
    assert [key.split("/")[1] for key in stored(store)] == [other]


def test_options_are_checked_and_handed_on(
    http: httpx.Client, session_id: str, owner_store: OwnerStore, settings: Settings
) -> None:
    def upload(options: str) -> httpx.Response:
        return http.post(
            f"/sessions/{session_id}/datasets",
            data={"options": options},
            files={"file": ("a.csv", b"zip\n00501\n")},
        )

    for options, name in [
        ("{", "options"),
        ('{"dtypes": {"zip": "int65"}}', "options.dtypes.zip"),
        ('{"x": 1}', "options.x"),
    ]:
        refused = upload(options)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")
        assert refused.json()["details"]["parameters"][0]["name"] == name
        assert temporary(settings) == []
    taken = upload('{"dtypes": {"zip": "str"}}')
    assert owner_store.task(taken.json()["task_id"]).payload["options"] == {"dtypes": {"zip": "str"}}


def test_an_upload_that_is_cancelled_before_it_is_read_is_removed(
    http: httpx.Client, session_id: str, store: Store
) -> None:
    task = http.post(f"/sessions/{session_id}/datasets", files={"file": ("a.csv", b"a\n1\n")}).json()
    assert len(stored(store)) == 1
    assert http.delete(f"/tasks/{task['task_id']}").json()["status"] == "REVOKED"
    assert stored(store) == []
