"""How many tasks may be open, waiting or running, at one time: the same in every store.

A queue that nobody bounds ends as a full disk, or as hours of waiting that nobody had expected. The
migrations of ``supabase`` repeat the numbers, for who calls their functions is not always this program.
"""

from __future__ import annotations

__all__ = ["OPEN_TASKS_OF_OWNER", "OPEN_TASKS_OF_SESSION"]

OPEN_TASKS_OF_SESSION = 200
OPEN_TASKS_OF_OWNER = 1_000
