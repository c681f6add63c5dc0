"""One trial in this process: what is read through bad weather is what a clean reading has."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from slack_sdk import WebClient

from bot.errors import SlackError
from bot.headway import Headway
from bot.history import BackfillRequest, BackfillSummary, Watch, backfill
from bot.pacing import Clock
from bot.slack import Slack
from storage.keys import Keyring
from storage.store import Store
from tests.bot.stored import Rows, list_rows
from tests.fake_slack import FakeSlack
from tests.soak.town import LARGE, SMALL, Town
from tests.soak.weather import Weather

SPEED = 20_000.0
PHASES = 3
MOST_RUNS = 80
TIMEOUT_SECONDS = 0.4
OPENING = threading.Lock()  # new tables are made in one thread at a time
_SKIPPED = {"connect"}


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Args:
        failure: "" if all was right, or else what was wrong.
        faults: How many there were of each kind.
        kills: How many times a process was killed.
    """

    seed: int
    failure: str
    requests: int
    runs: int
    seconds: float = 0.0
    kills: int = 0
    kind: str = ""
    faults: Counter[str] = field(default_factory=Counter)


class Reading:
    """A store, and a Slack that it is filled from."""

    def __init__(self, file: Path, slack: FakeSlack) -> None:
        with OPENING:
            self.store = Store.open(f"sqlite:///{file}", Keyring(bytes(range(32))))
        self._team_id = slack.workspace.team_id
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        client.timeout = TIMEOUT_SECONDS  # type: ignore[assignment]
        self._slack = Slack(client)

    def agree(self, user_ids: Iterable[str]) -> None:
        members = [self.store.members.ensure(each, team_id=self._team_id).id for each in user_ids]
        self.store.consent.grant(members, actor="subject", by_subject=True)

    def run(self, watch: Watch) -> BackfillSummary:
        request = BackfillRequest()
        return backfill(self.store, self._slack, request, include=frozenset(), watch=watch)

    def rows(self) -> Rows:
        return list_rows(self.store)


class Trial:
    """One seed.

    Args:
        seed: All but the time of day comes from it.
        folder: Where the databases are made.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._folder = folder
        self._rng = Random(f"trial {seed}")
        self._is_restricted = seed % 4 == 1
        self._is_restless = seed % 3 == 2
        size = SMALL if self._is_restricted else LARGE
        self._town = Town(Random(f"town {seed}"), size)
        self._weather = Weather(
            Random(f"weather {seed}"),
            hang_seconds=2 * TIMEOUT_SECONDS if seed % 5 == 0 else 0.0,
            outages=seed % 3,
            refusals=seed % 4,
        )
        self._runs = 0

    def run(self) -> Outcome:
        """Do it."""
        limits = "restricted" if self._is_restricted else "normal"
        with ExitStack() as stack:
            bad = stack.enter_context(FakeSlack(self._town.workspace, limits=limits, scale=SPEED))
            good = stack.enter_context(FakeSlack(self._town.workspace))
            bad.state.faults.weather = self._weather.strike
            stormy = Reading(self._folder / "stormy.db", bad)
            stack.callback(stormy.store.close)
            clean = Reading(self._folder / "clean.db", good)
            stack.callback(clean.store.close)
            failure = self._go_through(stormy, clean)
            return Outcome(
                self._seed, failure, len(bad.calls), self._runs, faults=self._weather.struck
            )

    def _go_through(self, stormy: Reading, clean: Reading) -> str:
        self._agree(self._town.agreed, stormy, clean)
        for phase in range(PHASES):
            failure = self._read_to_the_end(stormy, clean)
            if self._is_restless:  # what has changed behind the reading is found by the next
                failure = failure or self._read_to_the_end(stormy, clean, is_restless=False)
            failure = failure or self._read_clean(clean) or self._compare(stormy, clean)
            if failure:
                return f"phase {phase}: {failure}"
            self._agree(self._town.change(), stormy, clean)
        return ""

    def _agree(self, user_ids: Iterable[str], *readings: Reading) -> None:
        for reading in readings:
            reading.agree(user_ids)

    def _compare(self, stormy: Reading, clean: Reading) -> str:
        """Compare rows; where things change meanwhile only those that hold a text are the same."""
        found, right = stormy.rows(), clean.rows()
        if self._is_restless:
            found, right = ([row for row in rows if row[-1]] for rows in (found, right))
        return compare(found, right, self._town)

    def _read_clean(self, clean: Reading) -> str:
        summary = clean.run(Watch(clock=Clock(SPEED)))
        return describe_skipped(summary)

    def _read_to_the_end(
        self, stormy: Reading, clean: Reading, *, is_restless: bool | None = None
    ) -> str:
        """Run until a run comes to its end and has skipped nothing; many are cut short."""
        is_restless = self._is_restless if is_restless is None else is_restless
        for _ in range(MOST_RUNS):
            self._runs += 1
            readings = (stormy, clean) if is_restless else ()
            is_restless = False
            try:
                summary = stormy.run(self._watch(readings))
            except SlackError:
                continue
            if summary.threads_skipped:
                return describe_skipped(summary)
            if not summary.is_stopped and not describe_skipped(summary):
                return ""
        return f"not through after {MOST_RUNS} runs"

    def _watch(self, readings: Sequence[Reading]) -> Watch:
        """Stop after some pages, and let things change at one of them for these readings."""
        stop, left = threading.Event(), self._rng.choice((3, 20, 60, 10_000))
        change_at = self._rng.randrange(25)
        pages = itertools.count()

        def note(_headway: Headway) -> None:
            page = next(pages)
            if page >= left:
                stop.set()
            if readings and page == change_at:
                self._agree(self._town.change(), *readings)

        return Watch(note, stop, Clock(SPEED))


def describe_skipped(summary: BackfillSummary) -> str:
    """Say what a run could not read, "" if it read everything."""
    channels = {code: n for code, n in summary.channels_skipped.items() if code not in _SKIPPED}
    return f"skipped {channels} {dict(summary.threads_skipped)}" * bool(
        channels or summary.threads_skipped
    )


def compare(found: Rows, clean: Rows, town: Town) -> str:
    """Say how rows differ from those of a clean reading, and these from what is right."""
    if found != clean:
        return f"{_describe(found, clean)} against a clean reading"
    kept = {row[:5] for row in clean if row[-1]}
    expected = town.expected()
    return f"{_describe(kept, expected)} against what is right" * (kept != expected)


def _describe(found: Iterable[object], right: Iterable[object]) -> str:
    more, less = set(found) - set(right), set(right) - set(found)
    return f"{len(more)} rows too many, {len(less)} missing (such as {[*more, *less][:2]})"
