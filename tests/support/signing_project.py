"""A project that signs access tokens and publishes its keys: as much of Supabase Auth as the API reads."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.support.listening import Handler, listening
from workbench.store.supabase.signing_keys import JWKS_PATH

PUBLISHABLE_KEY = "sb_publishable_of_the_test"
USER = "6f1c2a9e-3b52-4f0b-9a9d-0d6f3f0f7a11"


class SigningKey:
    """A key pair with an id."""

    def __init__(self, algorithm: str = "ES256", key_id: str | None = None) -> None:
        self.algorithm = algorithm
        self.key_id = key_id or str(uuid.uuid4())
        self.private = {
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[algorithm]()

    @property
    def public(self) -> Any:
        return self.private.public_key()

    def jwk(self, **more: Any) -> dict[str, Any]:
        """The public key as it is published."""
        own = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.public, as_dict=True)
        return {**own, "kid": self.key_id, "alg": self.algorithm, "use": "sig", **more}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Sign a token."""
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.key_id, **header})


@dataclass
class SigningProject:
    """What it publishes, and how it behaves; change it as a test needs."""

    url: str
    keys: list[SigningKey]
    status: int = 200
    body: bytes | None = None  # in place of the keys
    answering: threading.Event = field(default_factory=threading.Event)
    fetches: int = 0
    apikeys: set[str | None] = field(default_factory=set)

    def document(self) -> bytes:
        return self.body or json.dumps({"keys": [key.jwk() for key in self.keys]}).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good token; a claim of None is left out."""
        now = int(time.time())
        own = {
            "iss": f"{self.url}/auth/v1",
            "aud": "authenticated",
            "role": "authenticated",
            "sub": USER,
            "email": "ann@example.org",
            "iat": now,
            "exp": now + 3600,
        }
        return {name: value for name, value in {**own, **changes}.items() if value is not None}

    def token(self, **changes: Any) -> str:
        """A token signed with the first key."""
        return self.keys[0].sign(self.claims(**changes))


class _Handler(Handler):
    held: SigningProject

    def do_GET(self) -> None:
        project = self.held
        assert self.path == JWKS_PATH, self.path
        project.fetches += 1
        project.apikeys.add(self.headers["apikey"])
        project.answering.wait(timeout=30)
        self.answer(project.status, project.document(), {"Content-Type": "application/json"})


@contextmanager
def signing_project(*keys: SigningKey) -> Iterator[SigningProject]:
    """Run one for as long as the context lasts."""
    with listening(_Handler, lambda url: SigningProject(url, list(keys) or [SigningKey()])) as project:
        project.answering.set()
        try:
            yield project
        finally:
            project.answering.set()
