"""What a monitoring system may know: counts and times, never a name, an id or a text."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from storage.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_STATES = ("queued", "running", "succeeded", "failed", "cancelled")

Outcome = Literal["answered", "refused", "failed"]


class Metrics:
    """Counters of one serving process.

    Args:
        store: Asked for runs and voices whenever somebody looks.
    """

    def __init__(self, store: Store) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "mimic_requests", "Requests for a message, by outcome", ["outcome"],
            registry=self._registry,
        )  # fmt: skip
        self._latency = Histogram(
            "mimic_latency_seconds", "From a request to its first answer", buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._registry.register(_StoreCollector(store))

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Show a value that is read whenever somebody looks."""
        Gauge(name, meaning, registry=self._registry).set_function(read)

    def count_request(self, outcome: Outcome, seconds: float) -> None:
        """Count an answer to somebody and the time it took."""
        self._requests.labels(outcome).inc()
        self._latency.observe(seconds)

    def render(self) -> bytes:
        """Write all values in Prometheus' text format.

        Source: https://prometheus.io/docs/instrumenting/exposition_formats/
        """
        return generate_latest(self._registry)


class _StoreCollector(Collector):
    """What the database says at the moment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        counts = {**dict.fromkeys(_STATES, 0), **self._store.runs.count_states()}
        yield _family("mimic_runs", "Runs, by state", counts)
        number, since = self._store.speaking.count()
        voices = GaugeMetricFamily("mimic_voices", "Voices that speak")
        voices.add_metric([], number)
        oldest = GaugeMetricFamily("mimic_oldest_voice_seconds", "Age of the oldest that speaks")
        oldest.add_metric([], (datetime.now(UTC) - since).total_seconds() if since else 0.0)
        yield from (voices, oldest)


def _family(name: str, meaning: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=["state"])
    for state, count in counts.items():
        family.add_metric([state], count)
    return family
