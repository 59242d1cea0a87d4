"""Whether the Supabase project of the settings can be the store of a stack on this machine.

Somebody may have set ``SUPABASE_URL`` for a program of their own: so what is said names the way out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from workbench.errors import StoreUnavailable
from workbench.settings import Settings

__all__ = ["OTHERWISE", "check_keys", "check_project"]

OTHERWISE = "If SUPABASE_URL is set for another program, WORKBENCH_STORE=embedded keeps to the data folder."
"""What to do where somebody meant no project of Supabase."""


def check_keys(settings: Settings) -> None:
    """See whether address and keys are those of a project; nothing is sent.

    Args:
        settings: The project: its address and its keys. Where the store is embedded, all is well.

    Raises:
        StoreKeyRefused: If a key is missing, or of the wrong kind.
        StoreUnavailable: If the address is none.
    """
    if settings.store != "supabase":
        return
    from workbench.store.supabase.project import jwt_secret, project_url, publishable_key, secret_key

    with _saying_the_way_out():
        project_url(settings)
        publishable_key(settings)
        secret_key(settings)
        jwt_secret(settings)


def check_project(settings: Settings) -> None:
    """Ask the project once, with both keys.

    Args:
        settings: The project, whose keys have been looked at. Where the store is embedded, nothing is asked.

    Raises:
        StoreKeyRefused: If a key is not the project's.
        StoreNotMigrated: If the project has not the tables of this version.
        StoreUnavailable: If it does not answer; it may only be starting.
    """
    if settings.store != "supabase":
        return
    from workbench.store import open_store

    with _saying_the_way_out(), closing(open_store(settings)) as store:
        store.ping()


@contextmanager
def _saying_the_way_out() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        message = f"The project of SUPABASE_URL cannot be the store: {error.message}"
        raise type(error)(message, f"{error.hint} {OTHERWISE}".strip()) from None
