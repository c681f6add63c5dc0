"""Pauses: what somebody writes in one is not stored, also when they have gone on."""

from collections import defaultdict
from collections.abc import Collection
from typing import get_args

from sqlalchemy import Connection, select

from storage.consent import ConsentState
from storage.schema import audit

Pause = tuple[str, str]
"""From one ts to another; the second no longer belongs to it."""

_PAUSED = "consent_paused"
EVENTS = [f"consent_{state}" for state in get_args(ConsentState)]


def find_pauses(connection: Connection, only: Collection[int]) -> dict[int, tuple[Pause, ...]]:
    """Say of each of some members which pauses are behind them, oldest first."""
    said = audit.c.member.in_(only) & audit.c.event.in_(EVENTS)
    query = select(audit.c.member, audit.c.event, audit.c.at).where(said).order_by(audit.c.id)
    since: dict[int, str] = {}
    found: dict[int, list[Pause]] = defaultdict(list)
    for member, event, at in connection.execute(query):
        ts = f"{at.timestamp():017.6f}"
        if event == _PAUSED:
            since.setdefault(member, ts)
        elif member in since:
            found[member].append((since.pop(member), ts))
    return {member: tuple(found[member]) for member in only}


def is_within(pauses: Collection[Pause], *moments: str) -> bool:
    """Say whether any of some moments falls into a pause."""
    return any(since <= ts < until for since, until in pauses for ts in moments)
