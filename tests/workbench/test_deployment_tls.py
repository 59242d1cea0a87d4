"""A hosted broker: TLS and a password, from REDIS_URL alone, and what is said where they are wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection
from redis import Redis

from tests.support.stack import running_stack
from tests.support.tls import TlsBroker, running_tls_broker
from tests.support.valkey import running_broker
from tests.support.waiting import wait_until
from workbench.broker.access import check_broker
from workbench.client import Workbench
from workbench.errors import BrokerRefused, BrokerUnavailable
from workbench.settings import Settings
from workers.config import celery_config
from workers.live import LiveBoard

PASSWORD = "p4ssw0rd-of-the-tests"
SERVICES = {
    "workbench api": ["-m", "workbench", "api", "--port", "0"],
    "workbench worker": ["-m", "workbench", "worker"],
    "workbench up": ["-m", "workbench", "up", "--port", "0"],
    "celery worker": ["-m", "celery", "-A", "workers.celery_app", "worker"],
}


@pytest.fixture(scope="module")
def broker() -> Iterator[TlsBroker]:
    with running_tls_broker(PASSWORD) as broker:
        yield broker


def run(arguments: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run something as a user does, in an empty folder, until it ends by itself."""
    environment = {**os.environ, "WORKBENCH_DATA_DIR": str(folder / "data"), **more}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def as_tenant(broker: TlsBroker) -> str:
    """The address for a user with no more rights than our documentation asks for.

    Hosted brokers often forbid CONFIG, and some forbid INFO.
    """
    rights = ["on", f">{PASSWORD}", "~workbench:*", "&*", "+@all", "-config", "-info"]
    with Redis(unix_socket_path=str(broker.broker.socket), password=PASSWORD) as redis:
        redis.execute_command("ACL", "SETUSER", "tenant", "reset", *rights)
    return broker.url().replace("//:", "//tenant:")


def test_a_command_goes_through_a_broker_with_tls_and_a_password(broker: TlsBroker, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("name,email\nAna,a@x.org\nBen,\n")
    with running_stack(REDIS_URL=as_tenant(broker), WORKBENCH_LOG_LEVEL="DEBUG") as stack:
        with Workbench(stack.url, stack.token, progress="none") as workbench:
            session = workbench.open(source)
            task = session.chat("remove rows where email is null")
            assert task.result().node is not None
            assert list(session.df["name"]) == ["Ana"]
        log = stack.log.read_text()
        # Waking by subscription works, too: it is not the store that was read once a second.
        assert "live updates connected" in log
        assert "no live updates" not in log
        assert PASSWORD not in log
    with Redis(unix_socket_path=str(broker.broker.socket), password=PASSWORD) as redis:
        assert redis.keys("workbench:live:*")


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_password_is_said_at_the_start(broker: TlsBroker, tmp_path: Path, service: str) -> None:
    done = run(SERVICES[service], tmp_path, REDIS_URL=broker.url(password="hunter2"))
    assert done.returncode == 1
    *_, sentence, hint = done.stderr.strip().splitlines()
    assert sentence == (
        f"error: The broker at rediss://localhost:{broker.port}/0 refuses the user name or the password of "
        "REDIS_URL. [broker_refused]"
    )
    assert "percent-encoded" in hint
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_an_untrusted_certificate_is_said_at_the_start(
    broker: TlsBroker, tmp_path: Path, service: str
) -> None:
    done = run(SERVICES[service], tmp_path, REDIS_URL=broker.url(query=""))
    assert done.returncode == 1
    *_, sentence, hint = done.stderr.strip().splitlines()
    assert f"certificate of the broker at rediss://localhost:{broker.port}/0 is not trusted" in sentence
    assert "ssl_ca_certs" in hint
    assert PASSWORD not in done.stdout + done.stderr


def test_an_address_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    done = run(SERVICES["workbench worker"], tmp_path, REDIS_URL="redis://:hunter2/x@broker:6379/0")
    assert done.returncode == 2
    assert "REDIS_URL cannot be used" in done.stderr
    assert "hunter2" not in done.stderr


def test_both_sides_verify_the_certificate_and_the_name(broker: TlsBroker) -> None:
    """Celery's transport verifies nothing unless it is told to."""
    for url in (broker.url(query=""), broker.url(host="127.0.0.1")):
        with pytest.raises(BrokerRefused, match="not trusted"):
            check_broker(Settings(redis_url=url))
    untrusted = Settings(redis_url=broker.url(query=""))
    with Connection(untrusted.broker_url) as connection, pytest.raises(Exception, match="CERTIFICATE_VERIFY"):
        connection.default_channel.client.ping()


@pytest.mark.parametrize("query", ["?ssl_cert_reqs=none", "?ssl_cert_reqs=CERT_NONE"])
def test_verification_can_be_left_out(broker: TlsBroker, query: str) -> None:
    settings = Settings(redis_url=broker.url(host="127.0.0.1", query=query))
    check_broker(settings)
    with Connection(settings.broker_url) as connection:
        assert connection.default_channel.client.ping()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda broker: broker.url(query="?ssl_ca_certs=nowhere.pem"), "cannot be read: No such file"),
        (lambda broker: broker.url(password=""), "refuses the user name or the password"),
    ],
)
def test_what_is_wrong_for_good_is_told(broker: TlsBroker, change, why: str) -> None:
    with pytest.raises(BrokerRefused, match=why):
        check_broker(Settings(redis_url=change(broker)))


def test_a_broker_without_tls_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(BrokerUnavailable) as caught:
        check_broker(Settings(redis_url="redis://127.0.0.1:1/0"))
    assert not isinstance(caught.value, BrokerRefused)
    with running_broker(PASSWORD) as broker:
        check_broker(Settings(redis_url=broker.url))
        with pytest.raises(BrokerRefused, match="password"):
            check_broker(Settings(redis_url=broker.url.replace(PASSWORD, "hunter2")))
        with Connection(Settings(redis_url=broker.url).broker_url) as connection:
            assert connection.default_channel.client.ping()


def test_readiness_says_that_the_password_is_refused(broker: TlsBroker) -> None:
    board = LiveBoard(Settings(redis_url=broker.url(password="hunter2")))
    with pytest.raises(BrokerRefused, match="password") as caught:
        board.ping()
    assert "hunter2" not in json.dumps(caught.value.to_dict())
    board.close()


def test_a_host_that_does_not_say_how_it_is_set_is_ready_all_the_same(broker: TlsBroker) -> None:
    board = LiveBoard(Settings(redis_url=as_tenant(broker)))
    board.ping()
    board.beat("one@here")
    assert board.workers() == ["one@here"]
    board.retire("one@here")
    assert board.workers() == []
    board.close()


def test_a_policy_that_drops_messages_is_not_ready() -> None:
    with running_broker() as broker, Redis(unix_socket_path=str(broker.socket)) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        board = LiveBoard(Settings(redis_url=broker.url))
        with pytest.raises(BrokerUnavailable, match="allkeys-lru"):
            board.ping()
        board.close()


def test_a_worker_that_fell_silent_leaves_the_list() -> None:
    with running_broker() as broker, Redis(unix_socket_path=str(broker.socket)) as redis:
        board = LiveBoard(Settings(redis_url=broker.url))
        for name in ("one@here", "two@here"):
            board.beat(name)
        redis.pexpire("workbench:worker:one@here", 1)
        wait_until(lambda: board.workers() == ["two@here"], what="the end of the heartbeat")
        board.beat("one@here")
        assert board.workers() == ["one@here", "two@here"]
        board.close()


def test_messages_and_progress_share_the_address(broker: TlsBroker) -> None:
    settings = Settings(redis_url=broker.url())
    assert celery_config(settings)["broker_url"] == settings.live_url
