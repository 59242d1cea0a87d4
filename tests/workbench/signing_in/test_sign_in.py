"""Signing in: who it is, where that comes from, what is said when it fails, and what is never shown."""

import base64
import json
import logging
import traceback

import pytest

from tests.support.fake_api import TOKEN
from tests.support.fake_auth import EMAIL, PASSWORD
from workbench.client import Workbench
from workbench.errors import InvalidParameter, SignInFailed, StoreUnavailable, Unauthorized

URL = "http://workbench.test"


@pytest.fixture
def enter(fake_api):
    """Opens a workbench, and closes it in the end."""
    opened = []

    def open_one(url=URL, *arguments, **options):
        opened.append(Workbench(url, *arguments, http=fake_api.transport(), progress="none", **options))
        return opened[-1]

    yield open_one
    for wb in opened:
        wb.close()


def test_by_email_and_password(enter, fake_auth, fake_api):
    wb = enter(email=EMAIL, password=PASSWORD)
    assert wb.user == EMAIL
    assert fake_auth.grants == ["password"]
    assert [path for _, path, _, _ in fake_api.requests] == ["/auth", "/sessions"]
    assert "authorization" not in fake_api.requests[0][3]
    assert repr(wb) == f"<Workbench at {URL} as {EMAIL}>"
    assert EMAIL in wb._repr_html_()


def test_by_an_access_token_alone(enter, fake_auth, fake_api):
    token = enter(email=EMAIL, password=PASSWORD)._link.http.credentials.token()
    fake_api.requests.clear()
    wb = enter(URL, f" {token}\n")
    assert [path for _, path, _, _ in fake_api.requests] == ["/sessions"]
    assert wb.user is None


@pytest.mark.parametrize(
    ("claims", "user"),
    [({"sub": "u1", "email": "b@x.org"}, "b@x.org"), ({"sub": "u1"}, "u1"), ({}, None), ([], None)],
)
def test_whom_an_access_token_speaks_of(enter, fake_api, claims, user):
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    fake_api.token = f"head.{body}.signature"
    assert enter(URL, fake_api.token).user == user


def test_by_the_environment(enter, fake_auth, monkeypatch):
    monkeypatch.setenv("WORKBENCH_EMAIL", EMAIL)
    monkeypatch.setenv("WORKBENCH_PASSWORD", PASSWORD)
    assert enter().user == EMAIL


def test_by_a_file_of_settings(enter, fake_auth, nobody):
    (nobody.parents[1] / ".env").write_text(f"WORKBENCH_EMAIL={EMAIL}\nWORKBENCH_PASSWORD='{PASSWORD}'\n")
    assert enter().user == EMAIL


def test_arguments_count_more_than_the_environment(enter, fake_auth, monkeypatch):
    fake_auth.users["ben@example.com"] = "ben's"
    monkeypatch.setenv("WORKBENCH_EMAIL", EMAIL)
    monkeypatch.setenv("WORKBENCH_PASSWORD", PASSWORD)
    assert enter(email="ben@example.com", password="ben's").user == "ben@example.com"
    assert enter(email=EMAIL).user == EMAIL
    with pytest.raises(SignInFailed, match=r"There is no password for 'ben@example\.com'"):
        enter(email="ben@example.com")


def test_nobody(enter, fake_auth):
    with pytest.raises(SignInFailed, match=f"Nobody is signed in to {URL}") as caught:
        enter()
    for way in ("email=", "WORKBENCH_EMAIL", "workbench login"):
        assert way in caught.value.hint
    assert fake_auth.grants == []


def test_a_wrong_password(enter, fake_auth):
    with pytest.raises(SignInFailed, match="did not succeed: Invalid login") as caught:
        enter(email=EMAIL, password="wrong password")
    assert caught.value.details["reason"] == "invalid_credentials"
    assert "password" in caught.value.hint
    assert fake_auth.grants == ["password"]


@pytest.mark.parametrize(
    ("body", "said", "hint"),
    [
        ({"error": "invalid_grant", "error_description": "Invalid login"}, "Invalid login", "the email and"),
        (
            {"error_code": "email_not_confirmed", "msg": "Email not confirmed"},
            "not confirmed",
            "confirmation",
        ),
        ({"code": "user_banned", "message": "User is banned"}, "User is banned", "whoever looks after"),
        ({"message": "Invalid API key"}, "Invalid API key", "publishable key"),
        ([], "answered with 400", "email and password"),
    ],
)
def test_refusals_in_the_words_of_the_project(enter, fake_auth, body, said, hint):
    fake_auth.troubles = [(400, body)]
    with pytest.raises(SignInFailed, match=said) as caught:
        enter(email=EMAIL, password=PASSWORD)
    assert hint in caught.value.hint


def test_what_passes_is_tried_again(enter, fake_auth):
    fake_auth.troubles = ["down", (503, {})]
    assert enter(email=EMAIL, password=PASSWORD).user == EMAIL


@pytest.mark.parametrize("troubles", [["down"] * 3, [(540, {})] * 3, [(429, {})]])
def test_a_project_that_does_not_answer(enter, fake_auth, troubles):
    fake_auth.troubles = list(troubles)
    with pytest.raises(StoreUnavailable, match="cannot be asked who you are"):
        enter(email=EMAIL, password=PASSWORD)
    assert fake_auth.troubles == []


@pytest.mark.parametrize("answer", [(200, {"access_token": "a"}), (200, []), (302, {})])
def test_an_answer_that_is_none(enter, fake_auth, answer):
    fake_auth.troubles = [answer]
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        enter(email=EMAIL, password=PASSWORD)


@pytest.mark.parametrize(
    "options",
    [{"password": PASSWORD}, {"token": PASSWORD, "email": EMAIL}, {"token": PASSWORD, "remember": True}],
)
def test_what_does_not_fit_together(enter, fake_auth, options):
    with pytest.raises(InvalidParameter) as caught:
        enter(**options)
    assert PASSWORD not in frames_of(caught.value)


@pytest.mark.parametrize("options", [{"email": EMAIL, "password": PASSWORD}, {"remember": True}])
def test_where_there_are_no_users(enter, fake_api, nobody, options):
    with pytest.raises(InvalidParameter, match="has no users"):
        enter(**options)


def test_where_a_token_is_wanted_and_none_given(enter, fake_api, nobody):
    with pytest.raises(Unauthorized, match="does not fit"):
        enter()


def test_a_token_that_fits_costs_one_request(enter, fake_api, nobody):
    enter(URL, TOKEN)
    assert [path for _, path, _, _ in fake_api.requests] == ["/sessions"]


@pytest.mark.parametrize("project", ["http://elsewhere.test", "ftp://x", "https://user:pass@x.test", ""])
def test_no_password_goes_to_an_unsafe_place(enter, fake_auth, monkeypatch, project):
    monkeypatch.setattr(fake_auth, "facts", lambda host: {"kind": "supabase", "url": project, "key": "k"})
    with pytest.raises(SignInFailed, match="no safe place"):
        enter("https://workbench.test", email=EMAIL, password=PASSWORD)
    assert fake_auth.grants == []


def test_an_address_with_a_password_is_refused_and_not_repeated(enter):
    with pytest.raises(InvalidParameter) as caught:
        enter("http://ana:secret@workbench.test")
    assert "secret" not in repr(caught.value.to_dict())


def test_half_characters_in_a_password(enter, fake_auth):
    with pytest.raises(InvalidParameter, match="not valid Unicode") as caught:
        enter(email=EMAIL, password="abc\ud800")
    assert "abc" not in frames_of(caught.value)


def frames_of(error):
    """All variables that a traceback could show, but for those of the tests."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    shown = [frame.f_locals for frame in frames if frame.f_code.co_filename != __file__]
    assert shown
    assert error.__cause__ is error.__context__ is None
    return "".join(repr(value) for each in shown for name, value in each.items() if name != "self")


@pytest.mark.parametrize("troubles", [[], ["down"] * 3, [(400, {"msg": "no"})], [(500, {})] * 3])
def test_secrets_are_seen_nowhere(enter, fake_auth, csv_file, caplog, capfd, nobody, troubles):
    caplog.set_level(logging.DEBUG)
    fake_auth.troubles = list(troubles)
    shown = []
    try:
        wb = enter(email=EMAIL, password=PASSWORD)
        session = wb.open(csv_file)
        shown += map(repr, (wb, wb.__dict__, wb._link.http.__dict__, wb._link.http.credentials.__dict__))
        shown += [wb._repr_html_(), repr(session), repr(session.chat("one").result())]
    except (SignInFailed, StoreUnavailable) as error:
        shown += [frames_of(error), repr(error.to_dict())]
        assert troubles
    shown += [caplog.text, *capfd.readouterr()]
    assert [text for text in shown if any(secret in text for secret in fake_auth.secrets)] == []
    assert not nobody.exists()
