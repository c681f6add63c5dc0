"""Some trials of many: `python -m tests.soak` runs hundreds."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.fake_slack.faults import Fault
from tests.soak.killing import KillTrial
from tests.soak.runs import run_trial
from tests.soak.town import TINY, Town
from tests.soak.trial import Trial
from tests.soak.weather import LONGEST, PAUSE, Weather

KILLED, SEEDS = range(1001, 1013), range(1, 39)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_read_through_bad_weather_is_what_a_clean_reading_has(seed):
    outcome = run_trial(Trial, seed)
    assert outcome.failure == ""
    assert outcome.faults.total() > 5


@pytest.mark.slow
def test_processes_that_are_killed_end_with_the_rows_of_a_clean_reading():
    with ThreadPoolExecutor(5) as pool:
        outcomes = list(pool.map(lambda seed: run_trial(KillTrial, seed), KILLED))
    assert [outcome for outcome in outcomes if outcome.failure] == []
    assert sum(outcome.kills for outcome in outcomes) >= len(KILLED)


@pytest.mark.slow
def test_one_trial(tmp_path):
    outcome = Trial(4, tmp_path).run()
    assert (outcome.failure, outcome.kills) == ("", 0)
    assert outcome.requests > 50


def test_a_trial_sees_a_row_that_is_missing_or_wrong(tmp_path):
    class Forgetful(Trial):
        def _agree(self, user_ids, *readings):
            stormy, *others = readings
            super()._agree(list(user_ids)[:1], stormy)
            super()._agree(user_ids, *others)

    assert "against a clean reading" in Forgetful(4, tmp_path).run().failure


def test_a_trial_that_breaks_off_is_a_failure():
    class Broken(Trial):
        def run(self):
            raise ConnectionError("gone")

    assert run_trial(Broken, 1).failure == "ConnectionError: gone"


def test_the_same_seed_makes_the_same_town():
    one, other = (Town(Random("town 7"), TINY) for _ in range(2))
    for town in (one, other):
        town.change()
    texts = [[each["text"] for _, each in town.workspace.everything()] for town in (one, other)]
    assert texts[0] == texts[1]
    assert one.agreed == other.agreed


def test_no_method_fails_for_good():
    weather = Weather(Random("weather 3"), share=0.9, outages=0)
    struck = [weather.strike("users.list", {}) is not None for _ in range(2_000)]
    runs = "".join("x" if each else "." for each in struck)
    assert max(map(len, runs.split("."))) <= LONGEST
    assert "." * PAUSE in runs


def test_an_outage_strikes_all_methods_and_ends():
    weather = Weather(Random("weather 1"), share=1.0, outages=1)
    kinds: list[Fault | None] = []
    while not weather._down:
        weather.strike("users.list", {})
    while weather._down:
        kinds.append(weather.strike("auth.test", {}))
    assert None not in kinds
    assert weather.strike("auth.test", {}) is None
