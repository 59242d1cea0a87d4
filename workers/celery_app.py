"""The Celery app: ``celery -A workers.celery_app worker``."""

from __future__ import annotations

from celery import Celery

from workbench.settings import Settings
from workers.config import celery_config
from workers.transport import guard_the_door

__all__ = ["app"]

guard_the_door()
# The worker imports the included modules when it starts; whoever only sends never does.
app = Celery("workbench", include=["workers.tasks", "workers.signals"])
app.conf.update(celery_config(Settings()))
