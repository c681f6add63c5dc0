"""An export comes in: roster first, then consent, then the messages of those who agreed."""

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from bot.errors import Misused
from bot.settings import INCLUDABLE
from storage.crew import choose_size
from storage.ingestion import IngestPolicy, IngestReport
from storage.sources import Source
from storage.store import Store

EVERYBODY = "all"
_COLLECTED = 20_000  # objects; Python's own 700 is a few dozen messages, looked at again and again

Progress = Callable[[IngestReport], None]


@dataclass(frozen=True)
class ImportRequest:
    """What may come in, and who agrees.

    Args:
        consent: Handles of people who agree, or `all`; empty leaves consent as it is.
        include: Any of `INCLUDABLE`.
        team_id: The workspace, where the export does not say.
    """

    consent: tuple[str, ...] = ()
    include: frozenset[str] = frozenset()
    team_id: str | None = None

    @property
    def is_for_everybody(self) -> bool:
        """Whether everybody in the export agrees."""
        return self.consent == (EVERYBODY,)


@dataclass(frozen=True)
class ImportSummary:
    """What came of an import; `refused` people had said no before, or were paused by somebody."""

    report: IngestReport
    members: int
    channels: int
    granted: int
    refused: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the fixed keys of `mimic import --json`."""
        return {
            **self.report.to_json(),
            "members": self.members,
            "channels": self.channels,
            "seconds": round(self.seconds, 3),
        }


def parse_consent(text: str) -> tuple[str, ...]:
    """Read `all` or `@a,@b`.

    Raises:
        Misused: It is neither.
    """
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or (EVERYBODY in names and len(names) > 1):
        raise Misused("--consent must be all, or handles such as @ada,@bob.")
    return names


def parse_include(text: str) -> frozenset[str]:
    """Read `private,dms,…`.

    Raises:
        Misused: A word is none of `INCLUDABLE`.
    """
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    if unknown := words.difference(INCLUDABLE):
        raise Misused(
            f"--include must be any of {','.join(INCLUDABLE)}. Received: "
            f"{','.join(sorted(unknown))}"
        )
    return words


def import_archive(
    store: Store,
    archive: Source,
    request: ImportRequest,
    *,
    on_progress: Progress | None = None,
    on_problem: Callable[[str], None],
) -> ImportSummary:
    """Import one export or archive, as `import_archives` does."""
    return import_archives(
        store, [archive], request, on_progress=on_progress, on_problem=on_problem
    )


def import_archives(
    store: Store,
    archives: Sequence[Source],
    request: ImportRequest,
    *,
    on_progress: Progress | None = None,
    on_problem: Callable[[str], None],
) -> ImportSummary:
    """Store what archives hold of the people who agree; doing it twice changes nothing.

    All member lists come first: whoever is named in one archive may be mentioned in another.

    Args:
        store: Where it goes.
        archives: Open ones.
        request: What may come in.
        on_progress: Told the counts so far after every batch.
        on_problem: Hears one sentence about each file that had to be skipped.
    """
    started = monotonic()
    listed: set[int] = set()
    teams: list[str | None] = []
    channels: set[tuple[str | None, str]] = set()
    for archive in archives:
        users = list(archive.users())
        team_id = request.team_id or archive.team_id or _find_team(users)
        listed.update(store.members.register(users, team_id=team_id))
        channels |= {(team_id, each) for each in _register_channels(store, archive, team_id)}
        teams.append(team_id)
    granted, refused = _grant(store, request, listed)
    report = IngestReport()
    for archive, team_id in zip(archives, teams, strict=True):
        policy = IngestPolicy(
            team_id=team_id, include=request.include, grant_authors=request.is_for_everybody
        )
        with _collecting_rarely():
            report += store.ingest(
                archive.contents(on_problem=on_problem),
                policy=policy,
                on_progress=_add_to(report, on_progress),
                processes=choose_size(archive.total_bytes),
            )
    return ImportSummary(
        report, len(listed), len(channels), granted, refused, monotonic() - started
    )


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Have Python look for garbage more seldom: messages are many, and none refers to itself."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECTED, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _add_to(report: IngestReport, on_progress: Progress | None) -> Progress | None:
    """Count what an archive has brought so far on top of those before it."""
    return on_progress and (lambda more: on_progress(report + more))


def _find_team(users: list[Mapping[str, Any]]) -> str | None:
    """Return whose export it is, if it says; Slack Connect brings members of other teams along."""
    teams = Counter(str(user["team_id"]) for user in users if user.get("team_id"))
    return max(teams, key=teams.__getitem__, default=None)


def _register_channels(store: Store, archive: Source, team_id: str | None) -> Collection[str]:
    """Take the list of conversations in; return their ids."""
    by_kind = defaultdict(list)
    for channel, kind in archive.channels():
        by_kind[kind].append(channel)
    for kind, channels in by_kind.items():
        store.channels.register(channels, team_id=team_id, kind=kind)
    return {channel["id"] for channels in by_kind.values() for channel in channels}


def _grant(store: Store, request: ImportRequest, listed: Collection[int]) -> tuple[int, int]:
    if not request.is_for_everybody:
        members = [store.members.find(name).id for name in request.consent]
        return store.consent.grant(members, actor="import") if members else (0, 0)
    # in this export: others who are known here have not agreed
    everybody = [each for each in store.members.list() if each.id in listed and not each.is_bot]
    held_back = store.consent.list_held_back()  # a pause is lifted for somebody by name
    willing = [each.id for each in everybody if each.id not in held_back]
    granted, refused = store.consent.grant(willing, actor="import")
    return granted, refused + len(everybody) - len(willing)
