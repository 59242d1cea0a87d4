"""Whether the broker lets us in, found out before anything waits for it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.broker.url import BrokerUrl
from workbench.errors import BrokerRefused, BrokerUnavailable

if TYPE_CHECKING:
    from redis import Redis

    from workbench.settings import Settings

__all__ = ["KEY_PREFIX", "brief_connection", "broker_error", "check_broker"]

KEY_PREFIX = "workbench:"


def check_broker(settings: Settings) -> None:
    """Connect once to the broker of ``REDIS_URL``; without one there is nothing to check.

    Args:
        settings: With the broker's address.

    Raises:
        BrokerRefused: If password, certificate or protocol are wrong, so that waiting will not help.
        BrokerUnavailable: If it does not answer; it may only be starting.
    """
    if not settings.redis_url:
        return
    with brief_connection(settings) as redis:
        redis.ping()


@contextmanager
def brief_connection(settings: Settings) -> Iterator[Redis]:
    """Connect to the broker for a question or two, with short patience.

    Args:
        settings: With the broker's address.

    Raises:
        BrokerUnavailable: If it does not answer.
    """
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
    from redis.retry import Retry

    redis: Redis = Redis.from_url(
        settings.live_url,
        socket_timeout=5,
        socket_connect_timeout=3,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    with redis:
        try:
            yield redis
        except (RedisError, OSError) as error:  # OSError: a file of certificates that cannot be read
            raise broker_error(error, settings) from error


def broker_error(error: Exception, settings: Settings) -> BrokerUnavailable:
    """Say what a failed call to the broker means.

    Args:
        error: What redis-py raised.
        settings: With the broker's address.

    Returns:
        BrokerRefused where waiting will not help, else BrokerUnavailable. The password is in neither.
    """
    from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError

    where = BrokerUrl.parse(settings.broker_url).safe
    for cause in _causes(error):
        if isinstance(cause, AuthenticationError | AuthorizationError):
            return BrokerRefused(
                f"The broker at {where} refuses the user name or the password of REDIS_URL.",
                "Copy the whole URL again from where the broker is run; a password with other characters "
                "than letters, digits and -._~ must be percent-encoded in it.",
            )
        if isinstance(cause, NoPermissionError):
            return BrokerRefused(
                f"The broker at {where} does not let the user of REDIS_URL do what is needed: {cause}",
                "Give that user all commands, the keys 'workbench:*' and all channels.",
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return BrokerRefused(
                f"The certificate of the broker at {where} is not trusted: {cause.verify_message}.",
                "Name the authority's certificate with ?ssl_ca_certs=FILE at the end of REDIS_URL; "
                "?ssl_cert_reqs=none goes without verifying, which only a private network excuses.",
            )
        if isinstance(cause, ssl.SSLError) and not isinstance(
            cause, ssl.SSLEOFError | ssl.SSLZeroReturnError
        ):
            return BrokerRefused(
                f"No TLS connection to the broker at {where}: {cause.reason or cause}.",
                "Use redis:// for a server without TLS, and check the files that REDIS_URL names.",
            )
        if isinstance(cause, FileNotFoundError | PermissionError) and settings.live_url.startswith("rediss"):
            return BrokerRefused(
                f"A file of certificates that REDIS_URL names cannot be read: {cause.strerror}.",
                "Check ssl_ca_certs, ssl_certfile and ssl_keyfile.",
            )
    return BrokerUnavailable(
        f"The broker at {where} does not answer: {error}",
        "Check REDIS_URL, or start the stack with `workbench up`.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what led to it: redis-py wraps what the socket said."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
