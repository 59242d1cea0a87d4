"""``workbench supabase check``: a project that is ready, and those that are not."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest
from typer.testing import CliRunner

from tests.support.http_proxy import HttpProxy, running_proxy
from tests.support.signing_project import SigningKey
from tests.support.supabase_lite import SupabaseLite
from workbench.cli import app
from workbench.settings import Settings
from workbench.supabase_check import Report, Verdict, check_project

Checked = Callable[..., Report]


@pytest.fixture(scope="module")
def project(supabase_lite: SupabaseLite) -> SupabaseLite:
    supabase_lite.reset()
    return supabase_lite


@pytest.fixture
def proxy(project: SupabaseLite) -> Iterator[HttpProxy]:
    """The project, seen through what answers some calls in its place."""
    with running_proxy(project.url) as proxy:
        yield proxy


@pytest.fixture
def check(project: SupabaseLite, proxy: HttpProxy) -> Checked:
    return lambda **more: check_project(project.settings(supabase_url=proxy.url, **more))


@pytest.fixture
def command(project: SupabaseLite, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs the command in an empty folder, with the project in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in project.environment().items():
        monkeypatch.setenv(name, value)
    return lambda *arguments, **more: CliRunner().invoke(app, ("supabase", "check", *arguments), env=more)


def verdicts(report: Report) -> dict[str, str]:
    return {finding.check: finding.verdict.value for finding in report.findings}


def failures(report: Report) -> dict[str, str]:
    """What failed, with what is said of it; the report must say that the project is not ready."""
    found = {
        finding.check: f"{finding.message} {finding.hint}"
        for finding in report.findings
        if finding.verdict is Verdict.FAILED
    }
    assert report.ready == (not found)
    assert all(finding.hint for finding in report.findings if finding.verdict is Verdict.FAILED)
    return found


def objects(project: SupabaseLite) -> Any:
    return httpx.post(
        f"{project.url}/rest/v1/rpc/blob_keys",
        headers={"apikey": project.secret_key},
        json={"p_prefix": "", "p_after": None, "p_limit": 100},
    ).json()


def test_a_project_that_is_ready(command: Callable[..., Any], project: SupabaseLite) -> None:
    answer = command()
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert len(lines) == 12
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert lines[-1] == "The project is ready."
    assert "HS256" in next(line for line in lines if "signing_keys" in line)
    assert objects(project) == []


def test_a_program_reads_it_as_json(command: Callable[..., Any]) -> None:
    answer = command("--json")
    facts = json.loads(answer.output)
    assert (answer.exit_code, facts["ready"], facts["ready_for_workers"]) == (0, True, True)
    assert {entry["verdict"] for entry in facts["checks"]} == {"ok"}
    assert facts["checks"][0].keys() == {"check", "verdict", "message", "hint"}


def test_the_api_s_host_needs_no_secret_key(command: Callable[..., Any]) -> None:
    answer = command(SUPABASE_SECRET_KEY="")
    assert answer.exit_code == 0
    assert "workers need it" in answer.output
    assert answer.output.splitlines()[-1].startswith("The project is ready for the API.")
    assert not re.search(r"^failed", answer.output, re.MULTILINE)


def test_keys_that_are_swapped_are_never_sent(
    check: Checked, proxy: HttpProxy, project: SupabaseLite
) -> None:
    found = failures(
        check(
            supabase_publishable_key=project.secret_key,
            supabase_secret_key=project.publishable_key,
        )
    )
    assert "told to everybody" in found["publishable_key"]
    assert "holds a publishable key" in found["secret_key"]
    assert not any(call.path.startswith("/rest/") for call in proxy.calls)


@pytest.mark.parametrize("setting", ["publishable_key", "secret_key"])
def test_keys_of_another_project_are_refused(check: Checked, setting: str) -> None:
    key = f"sb_{setting.removesuffix('_key')}_of_another_project"
    report = check(**{f"supabase_{setting}": key})
    assert list(failures(report)) == [setting]
    assert "does not accept" in failures(report)[setting]


@pytest.mark.parametrize("setting", ["publishable_key", "secret_key"])
def test_what_is_no_key_is_said_to_be_none(check: Checked, setting: str) -> None:
    assert "is not a key" in failures(check(**{f"supabase_{setting}": "abc"}))[setting]


def test_no_key_and_no_secret_is_printed(command: Callable[..., Any], project: SupabaseLite) -> None:
    swapped = {"SUPABASE_PUBLISHABLE_KEY": project.secret_key, "SUPABASE_SECRET_KEY": project.publishable_key}
    wrong = {"SUPABASE_SECRET_KEY": "sb_secret_of_another_project", "SUPABASE_JWT_SECRET": "too-few-bytes"}
    for case in ({}, swapped, wrong):
        for arguments in ((), ("--json",)):
            output = command(*arguments, **case).output
            secrets = {project.publishable_key, project.secret_key, project.jwt_secret, *case.values()}
            assert not [secret for secret in secrets if secret in output]


def test_an_address_at_which_nothing_listens(command: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    answer = command(SUPABASE_URL=f"http://127.0.0.1:{port}")
    assert answer.exit_code == 1
    first, *others, last = answer.output.splitlines()
    assert first.startswith("failed")
    assert "cannot be reached" in first
    assert "SUPABASE_URL" in first
    assert all(line.startswith("skipped") for line in others)
    assert last == "The project is not ready."


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is not set"),
        ("abc.supabase.co", "not the address"),
        ("https://ann:pw@abc.supabase.co", "not the"),
    ],
)
def test_an_address_that_is_none(command: Callable[..., Any], url: str, said: str) -> None:
    answer = command(SUPABASE_URL=url)
    assert answer.exit_code == 1
    assert said in answer.output.splitlines()[0]
    assert "pw" not in answer.output


@pytest.mark.parametrize("status", [200, 404, 500])
def test_another_server_at_the_address(check: Checked, proxy: HttpProxy, status: int) -> None:
    for path in ("/auth/v1/health", "/rest/v1/rpc/schema_version", "/auth/v1/.well-known/jwks.json"):
        proxy.answer(path, status, b"<html>Hello</html>")
    report = check()
    assert not report.ready
    assert "ok" not in {verdicts(report)[name] for name in ("publishable_key", "secret_key", "migrations")}


MISSING = {
    "code": "PGRST202",
    "message": "Could not find the function public.schema_version",
    "details": None,
}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [(404, MISSING, "supabase db push"), (200, 0, "supabase db push"), (200, 999, "Upgrade the workbench")],
    ids=["never", "older", "newer"],
)
def test_a_project_of_another_version(
    check: Checked, proxy: HttpProxy, status: int, body: object, said: str
) -> None:
    proxy.answer("/rest/v1/rpc/schema_version", status, body)
    report = check()
    assert list(failures(report)) == ["migrations"]
    assert said in failures(report)["migrations"]
    assert verdicts(report)["tables"] == "skipped"


@pytest.mark.parametrize("table", ["sessions", "tasks"])
def test_a_table_that_everybody_reads(check: Checked, proxy: HttpProxy, table: str) -> None:
    proxy.answer(f"/rest/v1/{table}", 200, [{"owner": "6f1c2a9e-3b52-4f0b-9a9d-0d6f3f0f7a11"}])
    found = failures(check())
    assert list(found) == ["tables"]
    assert f"'{table}'" in found["tables"]


def test_a_table_that_nobody_is_granted(check: Checked, proxy: HttpProxy) -> None:
    proxy.answer(
        "/rest/v1/sessions", 401, {"code": "42501", "message": "permission denied for table sessions"}
    )
    assert failures(check()) == {}


LEASE_LOST = {"code": "PT409", "details": "lease_lost", "message": "The task is no longer this worker's"}


@pytest.mark.parametrize(
    ("status", "body"), [(200, []), (409, LEASE_LOST)], ids=["answers", "refuses by itself"]
)
def test_a_function_of_the_service_that_everybody_may_call(
    check: Checked, proxy: HttpProxy, status: int, body: object
) -> None:
    proxy.answer("/rest/v1/rpc/finish_task", status, body)
    found = failures(check())
    assert list(found) == ["functions_closed"]
    assert "'finish_task'" in found["functions_closed"]


def test_a_function_of_the_service_that_nobody_may_call(check: Checked, proxy: HttpProxy) -> None:
    denied = {"code": "42501", "message": "permission denied for function claim_task"}
    proxy.answer("/rest/v1/rpc/claim_task", 403, denied)
    found = failures(check())
    assert list(found) == ["functions"]
    assert "'claim_task'" in found["functions"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, {"statusCode": "404", "error": "Bucket not found", "message": "Bucket not found"}, "no bucket"),
        (200, {"name": "workbench", "public": True}, "public"),
        (200, {"name": "workbench", "public": False, "file_size_limit": 1000}, "MAX_OBJECT_BYTES=1000"),
    ],
    ids=["missing", "public", "for small objects only"],
)
def test_a_bucket_that_does_not_do(
    check: Checked, proxy: HttpProxy, status: int, body: object, said: str
) -> None:
    proxy.answer("/storage/v1/bucket/workbench", status, body)
    report = check()
    assert list(failures(report)) == ["bucket"]
    assert said in failures(report)["bucket"]
    assert verdicts(report)["blobs"] == "skipped"


def test_an_object_that_cannot_be_written(
    check: Checked, proxy: HttpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = {"statusCode": "403", "error": "Unauthorized", "message": "new row violates row-level security"}
    answer_objects(proxy, monkeypatch, 400, refusal, only="POST")
    assert list(failures(check())) == ["blobs"]


def test_objects_that_everybody_reads(
    check: Checked, proxy: HttpProxy, project: SupabaseLite, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_objects(proxy, monkeypatch, 200, b"leaked", only="GET", below="/storage/v1/object/public/")
    found = failures(check())
    assert list(found) == ["blobs"]
    assert "Everybody can read" in found["blobs"]
    assert objects(project) == []  # what was written is removed all the same


def test_an_object_that_is_read_back_as_something_else(
    check: Checked, proxy: HttpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_objects(proxy, monkeypatch, 200, b"something else", only="GET")
    assert "something else" in failures(check())["blobs"]


def answer_objects(
    proxy: HttpProxy,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: object,
    *,
    only: str,
    below: str = "/storage/v1/object/",
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    own = proxy.own_answer

    def answer(call: Any) -> Any:
        fits = call.method == only and call.path.startswith(below)
        return (status, content) if fits else own(call)

    monkeypatch.setattr(proxy, "own_answer", answer)


JWKS = "/auth/v1/.well-known/jwks.json"


def said_of_keys(report: Report) -> str:
    return next(finding.message for finding in report.findings if finding.check == "signing_keys")


def test_published_keys_are_enough(check: Checked, proxy: HttpProxy) -> None:
    keys = [SigningKey("ES256").jwk(), SigningKey("RS256").jwk(), {"kty": "oct", "kid": "x", "k": "AAAA"}]
    proxy.answer(JWKS, 200, {"keys": keys})
    for secret in (None, "a-secret-of-more-than-thirty-two-bytes"):
        report = check(supabase_jwt_secret=secret)
        assert failures(report) == {}
        assert "(ES256, RS256)" in said_of_keys(report)
        assert ("HS256" in said_of_keys(report)) == bool(secret)


def test_an_older_project_publishes_no_keys_and_needs_its_secret(check: Checked, proxy: HttpProxy) -> None:
    proxy.answer(JWKS, 404, {"message": "no Route matched"})
    assert failures(check()) == {}
    assert "404" in failures(check(supabase_jwt_secret=None))["signing_keys"]


@pytest.mark.parametrize(
    ("secret", "body", "said"),
    [
        (None, {"keys": []}, "no access token can be verified"),
        (None, {"keys": [{"kty": "oct", "kid": "x", "k": "AAAA"}]}, "no access token can be verified"),
        (None, [], "no set of keys"),
        ("too-few-bytes", {"keys": []}, "shorter than 32 bytes"),
    ],
)
def test_nothing_to_verify_tokens_with(
    check: Checked, proxy: HttpProxy, secret: str | None, body: object, said: str
) -> None:
    proxy.answer(JWKS, 200, body)
    found = failures(check(supabase_jwt_secret=secret))
    assert list(found) == ["signing_keys"]
    assert said in found["signing_keys"]


def test_the_issuer_is_compared_with_what_the_project_says(check: Checked, proxy: HttpProxy) -> None:
    told = "https://login.example.org/auth/v1"
    proxy.answer("/auth/v1/.well-known/openid-configuration", 200, {"issuer": told})
    assert f"SUPABASE_JWT_ISSUER={told}" in failures(check(supabase_jwt_issuer=None))["issuer"]
    assert failures(check(supabase_jwt_issuer=told)) == {}
    assert failures(check(supabase_jwt_issuer="")) == {}
    proxy.answer("/auth/v1/.well-known/openid-configuration", 404, {})
    assert failures(check(supabase_jwt_issuer=None)) == {}


def test_legacy_keys_are_told_apart(project: SupabaseLite) -> None:
    def legacy(role: str) -> str:
        return jwt.encode({"iss": "supabase", "role": role, "exp": 4102444800}, project.jwt_secret, "HS256")

    settings = {"supabase_publishable_key": legacy("service_role"), "supabase_secret_key": legacy("anon")}
    found = failures(check_project(project.settings(**settings)))
    assert "holds a secret key" in found["publishable_key"]
    assert "holds a publishable key" in found["secret_key"]


def test_without_any_setting_it_says_what_to_set(command: Callable[..., Any]) -> None:
    unset = dict.fromkeys(("SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"), "")
    answer = command(**unset)
    assert answer.exit_code == 1
    assert "SUPABASE_URL is not set" in answer.output
    assert failures(check_project(Settings(_env_file=None, supabase_url=""))).keys() == {"url"}


def test_a_secret_key_that_is_none_is_said_once(check: Checked) -> None:
    assert list(failures(check(supabase_secret_key="of another kind"))) == ["secret_key"]
