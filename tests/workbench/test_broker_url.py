"""``REDIS_URL``: what is taken, how the two libraries read it, and what is never said of it."""

import ssl
from pathlib import Path

import pytest
from kombu import Connection
from pydantic import ValidationError
from redis import ConnectionPool, SSLConnection

from workbench.broker.url import BrokerUrl
from workbench.settings import Settings


def read_by_both(url: str) -> tuple[dict, dict]:
    """What the two make of a URL: kombu's connection parameters, and redis-py's."""
    settings = Settings(redis_url=url)
    kombu = Connection(settings.broker_url).info()
    return kombu, ConnectionPool.from_url(settings.live_url).connection_kwargs


@pytest.mark.parametrize(
    ("given", "celery", "redis"),
    [
        ("redis://broker", "redis://broker:6379/0", "redis://broker:6379/0"),
        ("redis://broker:6380/3", "redis://broker:6380/3", "redis://broker:6380/3"),
        ("redis://broker?db=2", "redis://broker:6379/2", "redis://broker:6379/2"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("redis+socket:///run/v.sock", "redis+socket:///run/v.sock", "unix:///run/v.sock"),
        ("unix:///run/v.sock?db=1", "redis+socket:///run/v.sock?virtual_host=1", "unix:///run/v.sock?db=1"),
        (
            "redis+socket://:secret@/run/v.sock",
            "redis+socket://:secret@/run/v.sock",
            "unix://:secret@/run/v.sock",
        ),
        (
            "rediss://default:s%2Fcret@cache.example",
            *["rediss://default:s%2Fcret@cache.example:6379/0?ssl_cert_reqs=required&ssl_check_hostname=true"]
            * 2,
        ),
    ],
)
def test_an_address_is_said_in_both_spellings_and_read_back(given, celery, redis):
    url = BrokerUrl.parse(given)
    assert (url.for_celery(), url.for_redis()) == (celery, redis)
    assert BrokerUrl.parse(celery) == BrokerUrl.parse(redis) == url


@pytest.mark.parametrize("said", ["", "?ssl_cert_reqs=required", "?ssl_cert_reqs=CERT_REQUIRED"])
def test_tls_is_verified_unless_said_otherwise(said):
    kombu, redis = read_by_both(f"rediss://:secret@cache.example:6380/0{said}")
    assert kombu["ssl"] == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    assert SSLConnection(**redis).cert_reqs == ssl.CERT_REQUIRED
    assert SSLConnection(**redis).check_hostname is True


@pytest.mark.parametrize("said", ["none", "CERT_NONE"])
def test_tls_without_verification_when_asked_for_in_either_spelling(said):
    kombu, redis = read_by_both(f"rediss://cache.example/0?ssl_cert_reqs={said}")
    assert kombu["ssl"]["ssl_cert_reqs"] == ssl.CERT_NONE
    assert SSLConnection(**redis).cert_reqs == ssl.CERT_NONE


def test_a_file_of_certificates_means_the_same_from_every_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kombu, redis = read_by_both("rediss://cache.example/0?ssl_ca_certs=ca/root.pem&ssl_check_hostname=false")
    assert kombu["ssl"]["ssl_ca_certs"] == redis["ssl_ca_certs"] == str(tmp_path / "ca" / "root.pem")
    assert kombu["ssl"]["ssl_check_hostname"] is redis["ssl_check_hostname"] is False


def test_user_password_and_database_are_the_same_to_both():
    kombu, redis = read_by_both("redis://ana:se%3Acret@broker:6380/4")
    assert [kombu[name] for name in ("userid", "password", "virtual_host")] == ["ana", "se:cret", "4"]
    assert [redis[name] for name in ("username", "password", "db")] == ["ana", "se:cret", 4]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("http://hunter2@broker", "must begin with"),
        ("hunter2", "must begin with"),
        ("redis://", "names no host"),
        ("redis+socket://hunter2", "names no socket"),
        ("redis://:hunter2/x@broker:6379/0", "percent-encoded"),
        ("redis://:x#hunter2@broker:6379/0", "percent-encoded"),
        ("redis://:x?hunter2@broker:6379/0", "percent-encoded"),
        ("redis://:hunter2@broker:port/0", "percent-encoded"),
        ("redis://:x@broker/hunter2", "number of a database"),
        ("redis://:hunter2@broker/0?ssl_cert_reqs=none", "go with rediss://"),
        ("rediss://:hunter2@broker/0?ssl_cert_reqs=maybe", "must be none, optional or required"),
        ("rediss://:hunter2@broker/0?ssl_check_hostname=perhaps", "must be true or false"),
        ("rediss://:hunter2@broker/0?timeout=3", "its parameters may be"),
    ],
)
def test_what_cannot_be_used_is_refused_without_a_word_of_the_password(given, why, monkeypatch):
    monkeypatch.setenv("REDIS_URL", given)
    with pytest.raises(ValidationError, match=why) as caught:
        Settings()
    assert "hunter2" not in str(caught.value)


def test_the_password_is_not_in_what_settings_show():
    settings = Settings(redis_url="rediss://:hunter2@cache.example:6380/0")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(BrokerUrl.parse(settings.redis_url))
    assert BrokerUrl.parse(settings.redis_url).safe == "rediss://cache.example:6380/0"


def test_no_address_means_the_socket_of_the_data_folder(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, redis_url=" ")
    assert settings.redis_url == ""
    assert settings.live_url == f"unix://{tmp_path}/valkey.sock"
