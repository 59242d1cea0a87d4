"""The store: where sessions, nodes, tasks and blobs are kept, whichever kind of store it is."""

from workbench.settings import Settings
from workbench.store.protocol import Owner, Store

__all__ = ["LOCAL_OWNER", "open_store"]

LOCAL_OWNER = Owner("local")
"""Whose everything is in the embedded store, which has one user."""


def open_store(settings: Settings) -> Store:
    """Open the store that the settings name; the embedded one is made or migrated where needed.

    Args:
        settings: Say which store, and where it is.

    Returns:
        The store; close it when it is no longer needed.

    Raises:
        StoreUnavailable: It cannot be opened, or was made by a later version of the workbench; or, of
            Supabase, the settings are wrong. Whether a project answers is what ``ping()`` tells.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = open_store(Settings(data_dir=folder))
        ...     name = store.as_owner(LOCAL_OWNER).create_session("flights").name
        ...     store.close()
        >>> name
        'flights'
    """
    if settings.store == "supabase":
        from workbench.store.supabase.store import SupabaseStore

        return SupabaseStore(settings)
    from workbench.store.embedded import EmbeddedStore

    return EmbeddedStore(settings.database, settings.blobs)
