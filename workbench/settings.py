"""Settings: from the environment, or from a ``.env`` file in the working directory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from workbench.broker.url import BrokerUrl

__all__ = ["Settings"]


def _supabase(name: str, *older: str) -> AliasChoices:
    """The names of a setting of Supabase: its own in the environment, those before it, and ours."""
    names = [f"SUPABASE_{word}" for word in (name, *older)]
    return AliasChoices(f"supabase_{name.lower()}", *names, f"WORKBENCH_SUPABASE_{name}")


# The kernel's limit for the path of a Unix socket is 108 bytes on Linux and 104 on macOS.
_LONGEST_SOCKET_PATH = 100
_LISTENING_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}  # noqa: S104 - looked for, not used


class Settings(BaseSettings):
    """What can be set, and its defaults.

    Every name is read from the environment with the prefix ``WORKBENCH_``; ``REDIS_URL`` and those that
    begin with ``SUPABASE_`` also without it.

    Example:
        >>> Settings(data_dir="/tmp/data").database.name
        'workbench.sqlite3'
    """

    model_config = SettingsConfigDict(
        env_prefix="WORKBENCH_",
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
        frozen=True,
        hide_input_in_errors=True,  # what cannot be read may be a password all the same
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("workbench", appauthor=False)),
        description="where the embedded store, the broker's log and runtime.json are kept",
    )
    store: Literal["embedded", "supabase"] = Field(
        default="embedded", description="supabase if SUPABASE_URL is set, unless said otherwise"
    )
    supabase_url: str = Field(
        default="",
        validation_alias=_supabase("URL"),
        description="the Supabase project, https://PROJECT.supabase.co",
    )
    supabase_publishable_key: str = Field(
        default="",
        validation_alias=_supabase("PUBLISHABLE_KEY", "ANON_KEY"),
        description="sb_publishable_…, or the legacy anon key; for the API",
    )
    supabase_secret_key: SecretStr | None = Field(
        default=None,
        validation_alias=_supabase("SECRET_KEY", "SERVICE_ROLE_KEY"),
        description="sb_secret_…, or the legacy service_role key; for workers only",
    )
    supabase_jwt_secret: SecretStr | None = Field(
        default=None,
        validation_alias=_supabase("JWT_SECRET"),
        description="of projects that still sign access tokens with HS256; the others publish their keys",
    )
    supabase_jwt_issuer: str | None = Field(
        default=None,
        validation_alias=_supabase("JWT_ISSUER"),
        description="who issues access tokens, SUPABASE_URL/auth/v1 by default; empty where they do not say",
    )
    supabase_max_object_bytes: int = Field(
        default=45 * 1024**2,
        gt=0,
        validation_alias=_supabase("MAX_OBJECT_BYTES"),
        description="the largest object that the project's plan stores; larger blobs are split",
    )
    redis_url: str = Field(
        default="",
        repr=False,
        validation_alias=AliasChoices("redis_url", "REDIS_URL", "WORKBENCH_REDIS_URL"),
        description="the broker; empty means the embedded one, on a Unix socket of the data folder",
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8321, ge=0, le=65535, description="0 lets the system choose a free port")
    token: SecretStr | None = Field(default=None, description="the API's bearer token; made if not given")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="host names, separated by commas, under which the API answers besides its own; * for any",
    )
    workers: int = Field(default_factory=lambda: max(2, min(4, os.cpu_count() or 2)), ge=1)
    max_upload_bytes: int = Field(default=20 * 1024**3, gt=0)
    cache_bytes: int = Field(
        default=2 * 1024**3,
        ge=0,
        description="how much disk the columns may take that are kept at hand for reading; 0 for none",
    )
    memory_bytes: int = Field(
        default=0,
        ge=0,
        description="a task that must take more is refused; 0: the machine's or the container's",
    )
    max_message_characters: int = Field(default=4_000, gt=0)
    max_plan_steps: int = Field(default=100, gt=0)
    lease_seconds: float = Field(default=30.0, gt=0, description="how long a silent worker keeps a task")
    sweep_seconds: float = Field(default=5.0, gt=0, description="how often lost tasks are looked for")
    resend_seconds: float = Field(
        default=10.0, gt=0, description="when a task that nobody claimed is sent again"
    )
    max_attempts: int = Field(default=3, gt=0)
    orphan_seconds: float = Field(
        default=86_400.0,
        ge=60,
        le=10 * 365 * 86_400,
        description="how long a block is kept that no version of any data names (embedded store)",
    )
    task_days: float = Field(
        default=30.0, gt=0, le=36_500, description="how long an ended task's row is kept; what it made stays"
    )
    log_format: Literal["console", "json"] = "console"
    log_level: str = "INFO"

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
        )

    @field_validator("redis_url")
    @classmethod
    def _read_broker(cls, value: str) -> str:
        if not value.strip():
            return ""
        try:
            return BrokerUrl.parse(value.strip()).for_celery()
        except ValueError as error:
            raise ValueError(f"REDIS_URL cannot be used: {error}") from None

    @model_validator(mode="before")
    @classmethod
    def _choose_store(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("store"):
            names = {str(name).lower() for name, value in values.items() if value}
            if names & {"supabase_url", "workbench_supabase_url"}:
                return {**values, "store": "supabase"}
        return values

    @property
    def database(self) -> Path:
        """The embedded store's SQLite file."""
        return self.data_dir / "workbench.sqlite3"

    @property
    def blobs(self) -> Path:
        """The embedded store's folder of blobs."""
        return self.data_dir / "blobs"

    @property
    def cache(self) -> Path:
        """The folder of cached columns: whatever is deleted in there is made again.

        That of the embedded store lies in its data folder. Where the data are elsewhere, it is the user's.
        """
        if self.store == "embedded":
            return self.data_dir / "cache"
        return Path(platformdirs.user_cache_dir("workbench", appauthor=False)) / "columns"

    @property
    def runtime_file(self) -> Path:
        """Where a running stack writes its url, token and pid."""
        return self.data_dir / "runtime.json"

    @cached_property
    def broker_socket(self) -> Path:
        """The embedded broker's Unix socket.

        It lies in the data folder, or, where that path is longer than a socket's may be, in a private
        folder of the system's temporary one whose name follows from the data folder's.
        """
        path = self.data_dir.absolute() / "valkey.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"workbench-{os.getuid()}-{digest}" / "valkey.sock"

    @property
    def host_from_here(self) -> str:
        """Under which host this machine reaches the API: one that listens everywhere, by loopback.

        Example:
            >>> Settings(host="0.0.0.0").host_from_here
            '127.0.0.1'
        """
        return _LISTENING_EVERYWHERE.get(self.host, self.host)

    @property
    def broker_url(self) -> str:
        """The broker's URL in Celery's spelling."""
        return self.redis_url or f"redis+socket://{self.broker_socket}"

    @property
    def live_url(self) -> str:
        """The same server in redis-py's spelling, for live progress."""
        return BrokerUrl.parse(self.broker_url).for_redis()
