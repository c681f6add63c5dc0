"""One trial with real processes: a `mimic backfill` that is killed again and again."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from random import Random

from bot.history import Watch
from bot.pacing import Clock
from bot.session import open_session
from bot.settings import Settings
from tests.bot.stored import list_rows
from tests.fake_slack import FakeSlack
from tests.soak.town import TINY, Town
from tests.soak.trial import OPENING, SPEED, Outcome, Reading, compare, describe_skipped
from tests.soak.weather import Weather

COMMAND = (sys.executable, "-m", "bot", "backfill", "--all", "--json")
PHASES = 2
KILLS = 4  # of one phase at most
MOST_CALLS = 14  # of a process before it is killed
LAST_SECONDS = 120.0

Child = subprocess.Popen[str]


class KillTrial:
    """One seed, at Slack's own pace: what is killed is a process like any other.

    Args:
        seed: All but the time of day, and how far a process is when it is killed, comes from it.
        folder: Where the databases are made.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._folder = folder
        self._rng = Random(f"kills {seed}")
        self._town = Town(Random(f"town {seed}"), TINY)
        weather = Random(f"weather {seed}")
        self._weather = Weather(weather, share=0.05, longest_wait=1, outages=0)
        self._settings = Settings.alone(folder / "home")
        self._runs = self._kills = 0

    def run(self) -> Outcome:
        """Do it."""
        workspace = self._town.workspace
        with FakeSlack(workspace) as bad, FakeSlack(workspace) as good:
            bad.state.faults.weather = self._weather.strike
            clean = Reading(self._folder / "clean.db", good)
            try:
                failure = self._go_through(bad, clean)
            finally:
                clean.store.close()
        return Outcome(
            self._seed,
            failure,
            len(bad.calls),
            self._runs,
            kills=self._kills,
            faults=self._weather.struck,
        )

    def _go_through(self, bad: FakeSlack, clean: Reading) -> str:
        new: list[str] = self._town.agreed
        for phase in range(PHASES):
            self._agree(new)
            clean.agree(new)
            failure = self._read_with_kills(bad)
            failure = failure or describe_skipped(clean.run(Watch(clock=Clock(SPEED))))
            failure = failure or self._compare(clean)
            if failure:
                return f"phase {phase}: {failure}"
            new = self._town.change()
        return ""

    def _agree(self, user_ids: Iterable[str]) -> None:
        with OPENING, open_session(self._settings) as session:
            team_id = self._town.workspace.team_id
            ensure = session.store.members.ensure
            members = [ensure(each, team_id=team_id).id for each in user_ids]
            session.store.consent.grant(members, actor="subject", by_subject=True)

    def _compare(self, clean: Reading) -> str:
        with open_session(self._settings) as session:
            return compare(list_rows(session.store), clean.rows(), self._town)

    def _read_with_kills(self, bad: FakeSlack) -> str:
        for _ in range(self._rng.randint(1, KILLS)):
            self._run_and_kill(bad, self._rng.randint(1, MOST_CALLS))
        children = [self._spawn(bad) for _ in range(self._rng.randint(1, 2))]
        ends = [child.communicate(timeout=LAST_SECONDS) for child in children]
        codes = [child.returncode for child in children]
        return f"exit codes {codes}: {[err for _, err in ends]}" * any(codes)

    def _run_and_kill(self, bad: FakeSlack, calls: int) -> None:
        """Kill one while another may wait for its turn; who has the turn is killed then."""
        last = len(bad.calls) + calls
        child = self._spawn(bad)
        while len(bad.calls) < last and child.poll() is None:
            time.sleep(0.005)
        time.sleep(self._rng.uniform(0, 0.02))
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            self._kills += 1
        child.communicate()

    def _spawn(self, bad: FakeSlack) -> Child:
        self._runs += 1
        own = {
            "MIMIC_HOME": str(self._settings.mimic_home),
            "SLACK_API_URL": bad.api_url,
            "SLACK_BOT_TOKEN": bad.bot_token,
        }
        return subprocess.Popen(
            COMMAND,
            env={**self._settings.environment(), **own},
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
