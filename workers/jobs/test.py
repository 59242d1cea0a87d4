"""A task that only shows that tasks run."""

from __future__ import annotations

from workers.running import Job, Outcome

__all__ = ["say"]


def say(job: Job, worker: str) -> Outcome:
    """Give back the message, and the name of the worker that had it."""
    job.report(50, "applying", "Test task is running")
    return Outcome({"message": str(job.payload["message"]), "worker": worker})
