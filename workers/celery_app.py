"""The Celery app: ``celery -A workers.celery_app worker``."""

from __future__ import annotations

from celery import Celery

from workbench.settings import Settings
from workers.config import celery_config

__all__ = ["app"]

# The worker imports the included modules when it starts; whoever only sends never does.
app = Celery("workbench", include=["workers.tasks", "workers.signals"])
app.conf.update(celery_config(Settings()))
