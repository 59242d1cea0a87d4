"""What Prometheus can ask for: requests, their latencies, and tasks."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The metrics of one application; each has a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "workbench_http_request_seconds",
            "Duration of HTTP requests by route; its count is the number of requests",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._submitted = Counter(
            "workbench_tasks_submitted", "Tasks submitted", ("kind",), registry=self._registry
        )
        self._ended = Counter(
            "workbench_tasks_ended",
            "Tasks whose end was announced while this process listened",
            ("status",),
            registry=self._registry,
        )

    def observed(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def submitted(self, kind: str) -> None:
        """Count a task that was submitted here."""
        self._submitted.labels(kind).inc()

    def ended(self, status: str) -> None:
        """Count a task that ended."""
        self._ended.labels(status).inc()

    def text(self) -> bytes:
        """Write the metrics in Prometheus' text format."""
        return generate_latest(self._registry)
