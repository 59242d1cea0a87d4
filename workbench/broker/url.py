"""``REDIS_URL``, read once: one address, in the spelling of Celery and in that of redis-py.

The two read a URL differently. For ``rediss://`` without more, Celery's transport looks at no certificate
at all, redis-py at every one; Celery's documentation says ``CERT_NONE`` where redis-py says ``none``; a
relative path means another file in another working directory. Here all of it is said in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

__all__ = ["BrokerUrl"]

_SOCKET_SCHEMES = ("redis+socket", "unix")
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_TLS = ("ssl_cert_reqs", "ssl_check_hostname", *_FILES)
_CERT_REQS = ("none", "optional", "required")
_ENCODE = "a password with other characters than letters, digits and -._~ must be percent-encoded"


@dataclass(frozen=True)
class BrokerUrl:
    """Where the broker is, and what opens it.

    Args:
        scheme: ``redis``, ``rediss`` (TLS) or ``redis+socket``.
        host: The host's name or address; empty for a socket.
        port: Its port.
        path: The Unix socket; empty for a host.
        username: The user; empty for the default one.
        password: The password; empty for none.
        db: The number of the database.
        tls: For ``rediss``: how the server's certificate is verified, and which one is shown to it.
    """

    scheme: str
    host: str = ""
    port: int = 6379
    path: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    db: int = 0
    tls: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> BrokerUrl:
        """Read a URL.

        Args:
            text: ``redis://``, ``rediss://``, ``redis+socket://`` or ``unix://``.

        Raises:
            ValueError: If it cannot be used; the message holds nothing of what was given but the names
                of parameters, for the rest may be a password.

        Example:
            >>> BrokerUrl.parse("rediss://:secret@cache.example:6380/1").safe
            'rediss://cache.example:6380/1'
        """
        scheme = text.partition("://")[0].lower()
        if scheme in _SOCKET_SCHEMES:
            return cls._of_socket(text)
        if scheme in {"redis", "rediss"}:
            return cls._of_host(scheme, text)
        raise ValueError("it must begin with redis://, rediss:// or redis+socket://")

    @classmethod
    def _of_socket(cls, text: str) -> BrokerUrl:
        parts = urlsplit(text)
        given = _parameters(parts.query, ("virtual_host", "db"))
        if not parts.path:
            raise ValueError("it names no socket")
        return cls(
            "redis+socket",
            path=unquote(parts.path),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            db=_database(given.get("virtual_host") or given.get("db") or ""),
        )

    @classmethod
    def _of_host(cls, scheme: str, text: str) -> BrokerUrl:
        if "#" in text:
            raise ValueError(f"it has a '#': {_ENCODE}")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port or 6379
        except ValueError:  # its text may be a piece of the password
            raise ValueError(f"its host or port cannot be read: {_ENCODE}") from None
        if not host:
            raise ValueError("it names no host")
        given = _parameters(parts.query, (*_TLS, "db") if scheme == "rediss" else ("db",))
        return cls(
            scheme,
            host=unquote(host),
            port=port,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            db=_database(given.pop("db", "") or parts.path.strip("/")),
            tls=_tls(given) if scheme == "rediss" else {},
        )

    @property
    def safe(self) -> str:
        """The address without what opens it, for messages."""
        if self.path:
            return f"redis+socket://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}/{self.db}"

    def for_celery(self) -> str:
        """The URL in Celery's spelling; `parse` reads it back."""
        if self.path:
            query = f"?virtual_host={self.db}" if self.db else ""
            return f"redis+socket://{self._credentials()}{quote(self.path)}{query}"
        return self._of_tcp()

    def for_redis(self) -> str:
        """The URL in redis-py's spelling."""
        if self.path:
            query = f"?db={self.db}" if self.db else ""
            return f"unix://{self._credentials()}{quote(self.path)}{query}"
        return self._of_tcp()

    def _of_tcp(self) -> str:
        place = self.safe.removeprefix(f"{self.scheme}://")
        query = f"?{urlencode(self.tls, safe='/')}" if self.tls else ""
        return f"{self.scheme}://{self._credentials()}{place}{query}"

    def _credentials(self) -> str:
        if not self.username and not self.password:
            return ""
        return f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"


def _parameters(query: str, known: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a URL; one that would not reach both readers is refused, not passed over."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(given.keys() - set(known))
    if unknown:
        # A '?' in a password makes a parameter of what follows it: only what looks like a name is shown.
        shown = [name for name in unknown if name in _TLS] or ["one that is unknown"]
        raise ValueError(
            f"its parameters may be {', '.join(known)}, not {', '.join(shown)}"
            + ("; those of TLS go with rediss://" if shown[0] in _TLS else f"; {_ENCODE}")
        )
    return given


def _database(text: str) -> int:
    if text and not text.isdecimal():
        raise ValueError(f"what follows the port must be the number of a database; {_ENCODE}")
    return int(text or 0)


def _tls(given: Mapping[str, str]) -> dict[str, Any]:
    required = given.get("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    if required not in _CERT_REQS:
        raise ValueError(f"ssl_cert_reqs must be {', '.join(_CERT_REQS[:-1])} or {_CERT_REQS[-1]}")
    hostname = given.get("ssl_check_hostname", "true").lower()
    if hostname not in {"true", "false"}:
        raise ValueError("ssl_check_hostname must be true or false")
    files = {name: str(Path(given[name]).expanduser().absolute()) for name in _FILES if given.get(name)}
    return {"ssl_cert_reqs": required, "ssl_check_hostname": hostname, **files}
