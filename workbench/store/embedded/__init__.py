"""The embedded store: a SQLite database and a folder, for one machine and any number of processes."""

from workbench.store.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
