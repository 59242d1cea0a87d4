"""Celery's settings.

Celery delivers each message at most once (early acknowledgement: nothing is redelivered behind our
back); the task rows and the sweep make that at least once, and the fence exactly once.
"""

from __future__ import annotations

from typing import Any

from kombu.entity import Exchange, Queue

from workbench.settings import Settings
from workers.live import KEY_PREFIX

__all__ = ["QUEUES", "celery_config"]

QUEUES = ("interactive", "heavy")


def celery_config(settings: Settings) -> dict[str, Any]:
    """Make the configuration of a Celery app.

    Args:
        settings: Where the broker is.

    Returns:
        Celery's lower-case settings.
    """
    return {
        "broker_url": settings.broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_pool_limit": 10,
        "broker_transport_options": {
            "global_keyprefix": f"{KEY_PREFIX}celery:",
            # Without a timeout a publish on a half-open link would hang for ever.
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 25,
            "retry_on_timeout": True,
            # Messages reserved by a worker that died come back soon; the visibility timeout must
            # exceed the hard time limit.
            "visibility_timeout": 3_600,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
        },
        "task_queues": [_queue(name) for name in QUEUES],
        "task_default_queue": QUEUES[0],
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_soft_time_limit": 840,
        "task_time_limit": 900,
        # The ledger knows of cancellations. Celery's own, like its order to shut down, may come from anybody
        # at the broker, and a task revoked so would be passed over however often it is sent.
        "worker_enable_remote_control": False,
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_soft_shutdown_timeout": 10,
        "worker_enable_soft_shutdown_on_idle": True,
        "worker_max_tasks_per_child": 200,
        "worker_concurrency": settings.workers,
        # With the default of 4 s a busy machine ends the whole worker for a child that was slow to fork.
        "worker_proc_alive_timeout": 60.0,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
        "timezone": "UTC",
    }


def _queue(name: str) -> Queue:
    # An exchange and a key of its own: under the default ones each message would go to every queue.
    return Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]
