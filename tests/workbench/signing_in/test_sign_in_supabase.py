"""Signing in at a real authentication server: password, renewal, sign-out, and what it refuses."""

import uuid

import jwt
import pytest
from pydantic import SecretStr

from tests.support.fake_auth import Clock
from workbench.errors import SignInFailed, StoreUnavailable
from workbench.signing_in.auth_server import AuthServer, Project
from workbench.signing_in.credentials import SignedIn
from workbench.signing_in.entering import Who, sign_in, sign_out
from workbench.signing_in.logins import Logins

PASSWORD = "a long enough password"


@pytest.fixture
def user(supabase_lite):
    """A user of the project: email and id."""
    email = f"ana-{uuid.uuid4()}@example.com"
    user_id, _ = supabase_lite.sign_up(email, PASSWORD)
    return email, user_id


@pytest.fixture
def project(supabase_lite):
    return Project(supabase_lite.url, supabase_lite.publishable_key)


@pytest.fixture
def server(project):
    server = AuthServer(project)
    yield server
    server.close()


def test_a_password_gives_tokens_of_the_user(server, user, supabase_lite):
    email, user_id = user
    grant = server.sign_in(email, SecretStr(PASSWORD))
    claims = jwt.decode(
        grant.access.get_secret_value(),
        supabase_lite.jwt_secret,
        algorithms=["HS256"],
        audience="authenticated",
    )
    assert (grant.user_id, grant.email, claims["sub"]) == (user_id, email, user_id)
    assert grant.seconds == pytest.approx(claims["exp"] - claims["iat"], abs=2)


def test_a_wrong_password(server, user):
    with pytest.raises(SignInFailed) as caught:
        server.sign_in(user[0], SecretStr("wrong"))
    assert "Check" in caught.value.hint
    assert caught.value.details["reason"]


def test_a_wrong_key(project, user):
    server = AuthServer(project._replace(key="sb_publishable_wrong"))
    with pytest.raises(SignInFailed) as caught:
        server.sign_in(user[0], SecretStr(PASSWORD))
    assert "publishable key" in caught.value.hint
    server.close()


def test_tokens_that_were_never_given(server):
    with pytest.raises(SignInFailed, match="The sign-in has ended"):
        server.refresh(SecretStr("never"))


def test_nothing_answers(project):
    server = AuthServer(project._replace(url="http://127.0.0.1:9"), sleep=lambda seconds: None)
    with pytest.raises(StoreUnavailable, match="nothing answers there"):
        server.sign_in("ana@example.com", SecretStr(PASSWORD))
    server.close()


def test_renewals_follow_one_another(server, user):
    clock = Clock()
    signed = SignedIn(server, lambda: server.sign_in(user[0], SecretStr(PASSWORD)), clock=clock)
    first = signed._held.grant
    seen = {first.refresh.get_secret_value()}
    for _ in range(3):
        clock.now += first.seconds
        assert signed.token()
        seen.add(signed._held.grant.refresh.get_secret_value())
    assert len(seen) == 4


def test_a_login_is_remembered_and_ended(project, user, tmp_path, nobody):
    logins = Logins(tmp_path / "logins")
    options = {"place": "here", "logins": logins}
    sign_in(project, Who.of(email=user[0], password=PASSWORD, remember=True), **options).close()
    again = sign_in(project, Who(), **options)
    assert again.user == user[0]
    login = logins.find("here")
    assert sign_out("here", logins=logins) == user[0]
    with pytest.raises(SignInFailed, match="Nobody is signed in"):
        sign_in(project, Who(), **options)
    with pytest.raises(SignInFailed, match="The sign-in has ended"):
        again._server.refresh(login.refresh_token)
    again.close()
