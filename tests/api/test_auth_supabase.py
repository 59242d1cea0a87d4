"""Supabase access tokens: which open the API, and what becomes of the others."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from api.main import create_app
from tests.support.project_api import Caller, api_of_project, refused, unavailable
from tests.support.signing_project import (
    PUBLISHABLE_KEY,
    USER,
    SigningKey,
    SigningProject,
    signing_project,
)
from workbench.errors import StoreKeyRefused, StoreUnavailable, WorkbenchError
from workbench.settings import Settings
from workbench.store.protocol import Owner, Store

SECRET = "a-secret-shared-between-the-project-and-the-api"


@pytest.fixture
def project() -> Iterator[SigningProject]:
    with signing_project() as project:
        yield project


@pytest.fixture
def get(settings: Settings, store: Store, project: SigningProject) -> Iterator[Caller]:
    with api_of_project(project, settings, store) as caller:
        yield caller


@pytest.fixture
def serve(settings: Settings, store: Store, project: SigningProject) -> Iterator[Callable[..., Caller]]:
    """Starts an API with other settings."""
    with ExitStack() as held:
        yield lambda **more: held.enter_context(api_of_project(project, settings, store, **more))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_a_token_opens_the_api_for_its_user(
    get: Caller, store: Store, project: SigningProject, algorithm: str
) -> None:
    project.keys = [SigningKey(algorithm)]
    theirs = store.as_owner(Owner(USER)).create_session("theirs")
    store.as_owner(Owner(str(uuid.uuid4()))).create_session("another's")
    answer = get(project.token())
    assert answer.status_code == 200
    assert [session["id"] for session in answer.json()["items"]] == [theirs.id]
    assert project.apikeys == {PUBLISHABLE_KEY}


def test_without_a_token_the_answer_says_where_to_sign_in(get: Caller, project: SigningProject) -> None:
    answer = get(None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="workbench"'
    assert "/api/v1/auth" in answer.json()["hint"]
    assert get(None, "/auth").json() == {"kind": "supabase", "url": project.url, "key": PUBLISHABLE_KEY}
    assert project.fetches == 0


def test_the_embedded_stack_says_that_it_wants_its_token(url: str) -> None:
    assert httpx.get(f"{url}/api/v1/auth").json() == {"kind": "token"}


WRONG = {
    "another audience": ({"aud": "storage"}, "signed-in users"),
    "no audience": ({"aud": None}, "'aud'"),
    "another issuer": ({"iss": "https://other.supabase.co/auth/v1"}, "somebody else"),
    "no issuer": ({"iss": None}, "'iss'"),
    "an anonymous role": ({"role": "anon"}, "key of the project"),
    "the service's role": ({"role": "service_role"}, "key of the project"),
    "a role of its own": ({"role": "admin"}, "not one of a signed-in user"),
    "no role": ({"role": None}, "not one of a signed-in user"),
    "a role that is no text": ({"role": ["authenticated"]}, "not one of a signed-in user"),
    "no user": ({"sub": None}, "'sub'"),
    "a user that is no id": ({"sub": "ann"}, "names no user"),
    "an empty user": ({"sub": ""}, "names no user"),
    "a user in capitals": ({"sub": USER.upper()}, "names no user"),
    "a user in braces": ({"sub": f"{{{USER}}}"}, "names no user"),
    "a user with more behind": ({"sub": f"{USER}/../other"}, "names no user"),
    "no expiry": ({"exp": None}, "'exp'"),
    "an expiry that is no time": ({"exp": "soon"}, "not a valid access token"),
}


def test_each_claim_is_looked_at(get: Caller, project: SigningProject) -> None:
    assert get(project.token()).status_code == 200
    for case, (changes, said) in WRONG.items():
        assert said in refused(get(project.token(**changes))), case


def test_times_are_looked_at_with_a_little_leeway(get: Caller, project: SigningProject) -> None:
    now = int(time.time())
    assert "has expired" in refused(get(project.token(exp=now - 3600)), "token_expired")
    assert "Refresh it" in refused(get(project.token(exp=now - 1)), "token_expired")
    assert "not valid yet" in refused(get(project.token(nbf=now + 300)))
    assert "clocks" in refused(get(project.token(iat=now + 300)))
    assert get(project.token(nbf=now + 10, iat=now + 10)).status_code == 200
    answer = get(project.token(exp=now - 1))
    assert 'error_description="The access token has expired"' in answer.headers["www-authenticate"]


def test_a_key_of_another_project_opens_nothing(get: Caller, project: SigningProject) -> None:
    strange = SigningKey()
    assert "not the project's" in refused(get(strange.sign(project.claims())))
    same_id = SigningKey(key_id=project.keys[0].key_id)
    assert "signature does not fit" in refused(get(same_id.sign(project.claims())))
    assert "not the project's" in refused(get(jwt.encode(project.claims(), strange.private, "ES256")))


def segment(what: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()


def forged(project: SigningProject, algorithm: object, signature: str = "") -> str:
    """A token of our making, with the project's key id."""
    header = {"alg": algorithm, "typ": "JWT", "kid": project.keys[0].key_id}
    return f"{segment(header)}.{segment(project.claims())}.{signature}"


def hmac_with(project: SigningProject, secret: bytes) -> str:
    """Signed with HS256, whatever the secret is: libraries refuse some."""
    signed = forged(project, "HS256").rstrip(".")
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@pytest.mark.parametrize("configured", [None, SECRET], ids=["no secret", "a secret"])
def test_a_public_key_is_no_secret(
    serve: Callable[..., Caller], project: SigningProject, configured: str | None
) -> None:
    """The classic confusion: HS256 with the bytes of a public key, which everybody knows."""
    get = serve(supabase_jwt_secret=configured)
    public = project.keys[0].public
    for form in (serialization.Encoding.PEM, serialization.Encoding.DER):
        content = public.public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)
        refused(get(hmac_with(project, content)))
        refused(get(hmac_with(project, content.strip())))
    jwk = project.keys[0].jwk()
    for secret in (project.document(), json.dumps(jwk).encode(), jwk["x"].encode(), b""):
        refused(get(hmac_with(project, secret)))


def test_a_secret_among_the_published_keys_is_not_taken(get: Caller, project: SigningProject) -> None:
    known = base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()
    entry = {"kty": "oct", "k": known, "kid": "shared"}
    project.body = json.dumps(
        {"keys": [entry, {**entry, "alg": "HS256"}, {**entry, "alg": "ES256"}]}
    ).encode()
    token = jwt.encode(project.claims(), SECRET, "HS256", headers={"kid": "shared"})
    refused(get(token))
    refused(get(token.replace(token.split(".")[0], segment({"alg": "ES256", "kid": "shared"}))))


def test_a_token_must_be_signed(get: Caller, project: SigningProject) -> None:
    for algorithm in ("none", "None", "NONE", "", None, 1, ["ES256"], {"a": 1}):
        refused(get(forged(project, algorithm)))
        refused(get(forged(project, algorithm, "AAAA")))
    assert project.fetches == 0


def test_an_algorithm_other_than_the_key_s_is_refused(get: Caller, project: SigningProject) -> None:
    good = project.token().split(".")
    key_id = project.keys[0].key_id
    for algorithm in ("RS256", "EdDSA", "ES384", "PS256", "HS256", "HS512"):
        refused(get(".".join([segment({"alg": algorithm, "kid": key_id}), *good[1:]])))


GARBAGE = [
    "x",
    "a.b",
    "a.b.c",
    "..",
    "....",
    "ü",
    "eyJhbGciOiJFUzI1NiJ9..",
    f"{segment([])}.{segment({})}.AAAA",
    f"{segment('ES256')}.{segment({})}.AAAA",
    f"{segment({'alg': 'ES256', 'kid': 7})}.{segment({})}.AAAA",
    f"{segment({'alg': 'ES256', 'kid': ['x']})}.{segment({})}.AAAA",
    f"{segment({'alg': 'ES256', 'crit': ['x']})}.{segment({})}.AAAA",
    f"{segment({'alg': 'ES256', 'b64': False, 'crit': ['b64']})}..AAAA",
    base64.urlsafe_b64encode(b"[" * 20_000).decode() + ".e30.AAAA",
    "e30." * 3000 + "e30",
    "two tokens",
]


def test_what_is_no_token_at_all_is_refused(get: Caller) -> None:
    for token in GARBAGE:
        refused(get(token))


def legacy(role: str) -> str:
    return jwt.encode({"iss": "supabase", "ref": "abc", "role": role, "exp": 4102444800}, SECRET, "HS256")


def test_the_project_s_own_keys_sign_nobody_in(serve: Callable[..., Caller]) -> None:
    get = serve(supabase_jwt_secret=SECRET)
    for key in ("sb_publishable_abc", "sb_secret_abc", legacy("anon"), legacy("service_role")):
        answer = get(key)
        assert "key of the project, not the access token of a user" in refused(answer)
        assert key not in answer.text


def test_hs256_opens_the_api_only_where_its_secret_is_configured(
    serve: Callable[..., Caller], project: SigningProject
) -> None:
    token = jwt.encode(project.claims(), SECRET, "HS256")
    assert "SUPABASE_JWT_SECRET" in refused(serve()(token))
    get = serve(supabase_jwt_secret=SECRET)
    assert get(token).status_code == 200
    assert project.fetches == 0
    assert get(project.token()).status_code == 200  # a project that is on its way to new keys has both
    other = jwt.encode(project.claims(), SECRET + "x", "HS256")
    assert "signature does not fit" in refused(get(other))
    for wrong in ({"aud": "x"}, {"iss": "x"}, {"sub": "x"}, {"role": "x"}):
        refused(get(jwt.encode(project.claims(**wrong), SECRET, "HS256")))
    refused(get(jwt.encode(project.claims(), SECRET * 2, "HS512")))


def test_the_issuer_may_be_another_or_none(serve: Callable[..., Caller], project: SigningProject) -> None:
    elsewhere = "https://login.example.org/auth/v1"
    get = serve(supabase_jwt_issuer=elsewhere)
    assert get(project.token(iss=elsewhere)).status_code == 200
    refused(get(project.token()))
    get = serve(supabase_jwt_issuer="")
    assert get(project.token(iss=None)).status_code == 200
    assert get(project.token(iss="anybody")).status_code == 200


def test_no_token_is_ever_logged(
    get: Caller, project: SigningProject, capfd: pytest.CaptureFixture[str]
) -> None:
    tokens = [
        project.token(),
        project.token(exp=1),
        SigningKey().sign(project.claims()),
        forged(project, "none"),
        "sb_secret_of_the_project",
    ]
    project.status = 500
    unavailable(get(tokens[0]))
    project.status = 200
    for token in tokens:
        get(token)
    logged = capfd.readouterr().err
    assert "request" in logged
    for token in tokens:
        for part in token.split("."):
            assert not part or part not in logged
    assert "ann@example.org" not in logged


KEYS = {"supabase_url": "https://abc.supabase.co", "supabase_publishable_key": PUBLISHABLE_KEY}


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"supabase_url": ""}, StoreUnavailable, "SUPABASE_URL is not set"),
        ({"supabase_url": "abc.supabase.co"}, StoreUnavailable, "not the address of a project"),
        ({"supabase_publishable_key": ""}, StoreKeyRefused, "SUPABASE_PUBLISHABLE_KEY is not set"),
        ({"supabase_publishable_key": "sb_secret_abc"}, StoreKeyRefused, "holds a secret key"),
        ({"supabase_publishable_key": legacy("service_role")}, StoreKeyRefused, "holds a secret key"),
        ({"supabase_publishable_key": "abc"}, StoreKeyRefused, "not a key of a Supabase project"),
        ({"supabase_jwt_secret": "too-few-bytes"}, StoreKeyRefused, "shorter than 32 bytes"),
    ],
)
def test_the_api_does_not_start_with_settings_that_cannot_work(
    settings: Settings, store: Store, wrong: dict[str, str], error: type[WorkbenchError], said: str
) -> None:
    """Above all not with a secret key where the publishable one belongs: it is told to everybody."""
    changed = {**settings.model_dump(), "store": "supabase", **KEYS, **wrong}

    async def start() -> None:
        app = create_app(Settings(**changed), store)
        async with app.router.lifespan_context(app):
            pytest.fail("it started")

    with pytest.raises(error, match=said) as caught:
        asyncio.run(start())
    assert caught.value.hint
    assert not any(value and value in str(caught.value) for value in wrong.values())
