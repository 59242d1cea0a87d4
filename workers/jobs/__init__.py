"""What the tasks do, each a function from a claimed job to its outcome."""

from __future__ import annotations

from workers.jobs.commands import apply_plan, chat
from workers.jobs.datasets import ingest_upload
from workers.jobs.test import say

__all__ = ["apply_plan", "chat", "ingest_upload", "say"]
