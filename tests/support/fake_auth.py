"""A stand-in for Supabase's authentication server, with times, losses and refusals that a test steers.

Access tokens end after ``lifetime`` seconds of ``clock``. Refresh tokens rotate as GoTrue's do: a used one
still gives its successor as long as that one is unused, and otherwise ends the whole sign-in.
"""

import json
import threading
import time

import httpx

EMAIL, PASSWORD, KEY = "ana@example.com", "right password", "sb_publishable_fake"


class FakeAuth:
    def __init__(self, lifetime=3600, clock=time.monotonic):
        self.lifetime, self.clock = lifetime, clock
        self.users = {EMAIL: PASSWORD}
        self.ends = {}  # access token → when it ends
        self.refresh = {}  # refresh token → (sign-in, the one before)
        self.active = {}  # sign-in → its refresh token that is not used up
        self.emails = {}  # sign-in → whose
        self.grants, self.signed_out = [], []  # what was asked for, in order
        self.troubles = []  # what the next requests meet: "lost" (after the deed), "down", or an answer
        self.inside = None  # called while a grant is made
        self.numbers = 0
        self.lock = threading.Lock()

    # The API's side

    def facts(self, host):
        return {"kind": "supabase", "url": f"http://{host}", "key": KEY}

    def refusal(self, authorization):
        token = authorization.removeprefix("Bearer ")
        if token not in self.ends:
            return "unauthorized", "The token does not fit.", "Sign in."
        if self.clock() >= self.ends[token]:
            return "token_expired", "The access token has expired.", "Sign in again."
        return None

    def expire(self):
        """End all access tokens, before their time."""
        self.ends = dict.fromkeys(self.ends, float("-inf"))

    # HTTP

    def handle(self, path, query, headers, body):
        facts = json.loads(body or b"{}")
        assert headers["apikey"] == KEY
        if self.inside is not None:
            self.inside()
        with self.lock:
            trouble = self.troubles.pop(0) if self.troubles else None
            if trouble == "down":
                raise httpx.ConnectError("refused")
            if isinstance(trouble, tuple):
                return answer(*trouble)
            if path == "logout":
                return self._logout(query, headers)
            kind = query["grant_type"]
            self.grants.append(kind)
            done = self._by_password(facts) if kind == "password" else self._by_refresh(facts)
            if trouble == "lost":
                raise httpx.ReadError("cut")
            return done

    def _logout(self, query, headers):
        self.signed_out.append((query["scope"], headers["authorization"].removeprefix("Bearer ")))
        return 204, {}, b""

    def _by_password(self, facts):
        if self.users.get(facts["email"]) != facts["password"]:
            return answer(
                400, {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}
            )
        sign_in = self._new("sign-in")
        self.emails[sign_in] = facts["email"]
        return self._grant(sign_in, None)

    def _by_refresh(self, facts):
        token = facts["refresh_token"]
        sign_in, _ = self.refresh.get(token, (None, None))
        active = self.active.get(sign_in)
        if active is None:
            return answer(
                400, {"code": "refresh_token_not_found", "message": "Invalid Refresh Token: Not Found"}
            )
        if token == active:
            return self._grant(sign_in, token)
        if self.refresh[active][1] == token:
            return self._grant(sign_in, token, active)
        del self.active[sign_in]
        return answer(
            400, {"code": "refresh_token_already_used", "message": "Invalid Refresh Token: Already Used"}
        )

    def _grant(self, sign_in, before, refresh=None):
        access, refresh = self._new("access"), refresh or self._new("refresh")
        self.ends[access] = self.clock() + self.lifetime
        self.refresh[refresh] = (sign_in, before)
        self.active[sign_in] = refresh
        email = self.emails[sign_in]
        user = {"id": f"id of {email}", "email": email, "created_at": "Mon Nov 23 2026"}
        facts = {"access_token": access, "refresh_token": refresh, "expires_in": self.lifetime}
        return answer(200, {**facts, "expires_at": 0, "token_type": "bearer", "user": user})

    def _new(self, kind):
        self.numbers += 1
        return f"secret-{kind}-{self.numbers}"

    @property
    def secrets(self):
        """Everything that must be seen nowhere."""
        return [PASSWORD, *self.ends, *self.refresh]


def answer(status, body):
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


class Clock:
    """A clock that a test sets forward."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now
