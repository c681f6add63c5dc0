"""Which voices still know messages that are gone, since when, and until when at the latest."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.cron import find_next
from bot.labels import EVERYTHING
from bot.session import Session
from bot.upkeep import LONGEST_CARRIED
from storage.records import VoiceRow
from storage.removals import Carried
from storage.schedules import ScheduleRow
from training.due import PATIENCE

MOST_NAMED = 5


@dataclass(frozen=True)
class Carrier:
    """A voice that knows messages that are gone.

    Args:
        label: How people write the voice.
        texts: How many.
        since: When the first of them went.
        until: When it learns without them; None where nothing says so.
        is_text: It stands on a base that knows them, and is not made of messages itself.
    """

    label: str
    texts: int
    since: datetime
    until: datetime | None
    is_text: bool

    @property
    def is_late(self) -> bool:
        """Whether it ought to have forgotten them by now."""
        return datetime.now(UTC) - self.since > LONGEST_CARRIED


def find_carriers(session: Session) -> Iterator[Carrier]:
    """Yield the voices that speak and still know messages that are gone; who is on pause is not."""
    store = session.store
    schedules = [row for row in store.schedules.list() if row.is_enabled]
    for voice in store.voices.list():
        version = store.voices.promoted(voice.id)
        is_silent = voice.kind == "person" and not store.consent.allows(voice.subject or 0)
        if version is None or is_silent:
            continue
        whole = store.removals.carried(version.id, with_base=True)
        if whole.since is not None:
            own = store.removals.carried(version.id)
            until = _find_end(voice, own, whole, schedules)
            label = session.registry.label(voice)
            yield Carrier(label, whole.texts, whole.since, until, voice.kind == "text")


def describe_carriers(carriers: Iterable[Carrier]) -> str:
    """Name carriers and their moments; the longest ones where there are many."""
    ranked = sorted(carriers, key=lambda each: each.since)
    named = [_describe(each) for each in ranked[:MOST_NAMED]]
    if len(ranked) > MOST_NAMED:
        named.append(f"{len(ranked) - MOST_NAMED} more")
    return "; ".join(named)


def _find_end(
    voice: VoiceRow, own: Carried, whole: Carried, schedules: Iterable[ScheduleRow]
) -> datetime | None:
    """Say when a voice learns without any of it: its own, and what its base knows."""
    if voice.kind == "text":
        return None
    moments = [whole.expired_since]
    if voice.kind == "base" or own.deleted < whole.deleted:
        moments.append(whole.deleted_since)
    due = max([datetime.now(UTC), *(moment + PATIENCE for moment in moments if moment)])
    wanted = {EVERYTHING, voice.label}
    ends: list[datetime] = []
    for row in schedules:
        if wanted & set(row.target.split()):
            with suppress(ValueError):  # no line of cron: it is not followed
                ends.append(find_next(row.cron, due))
    return min(ends, default=None)


def _describe(carrier: Carrier) -> str:
    until = "`mimic train --all` ends it"
    if carrier.is_text:
        until = "`mimic learn` ends it"
    elif carrier.until:
        until = f"until {carrier.until:%Y-%m-%d %H:%M} UTC"
    return f"{carrier.label} ({carrier.texts:,} since {carrier.since:%Y-%m-%d}, {until})"
