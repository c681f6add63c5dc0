import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from storage.leases import SCHEDULER, TRAINER

HOUSE = Path(__file__).parents[2]
RACER = """
import sys
from datetime import UTC, datetime
from storage.keys import Keyring
from storage.store import Store

store = Store.open(sys.argv[1], Keyring(bytes(range(32))))
schedule = store.schedules.find("all")
print("ready", flush=True)
sys.stdin.readline()
has_lease = store.leases.take("trainer", sys.argv[2])
later = datetime(2030, 1, 2, tzinfo=UTC)
run = store.schedules.fire(schedule.id, due=schedule.next_run_at, next_run_at=later)
print(has_lease, run is not None)
store.close()
"""


def test_one_at_a_time_has_a_lease(store, database_url, keyring):
    other = type(store).open(database_url, keyring)
    assert store.leases.take(TRAINER, "one")
    assert not other.leases.take(TRAINER, "two")
    assert store.leases.take(TRAINER, "one")
    assert other.leases.holder(TRAINER) == "one"
    store.leases.release(TRAINER, "two")
    assert not other.leases.take(TRAINER, "two")
    store.leases.release(TRAINER, "one")
    assert store.leases.holder(TRAINER) is None
    assert other.leases.take(TRAINER, "two")
    other.close()


def test_a_lease_that_ran_out_belongs_to_nobody(store):
    assert store.leases.take(TRAINER, "one", seconds=0)
    assert store.leases.holder(TRAINER) is None
    assert store.leases.take(TRAINER, "two")
    assert not store.leases.take(TRAINER, "one")


def test_leases_of_other_names_do_not_matter(store):
    assert store.leases.take(TRAINER, "one")
    assert store.leases.take(SCHEDULER, "two")
    store.leases.release(SCHEDULER, "two")
    assert store.leases.holder(TRAINER) == "one"


def test_of_processes_that_race_one_takes_the_lease_and_one_fires(store, database_url):
    store.schedules.set("all", "0 3 * * *", next_run_at=datetime(2030, 1, 1, tzinfo=UTC))
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, database_url, f"racer-{number}"],
            cwd=HOUSE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for racer in racers:
        racer.stdout.readline()
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    results = [racer.communicate(timeout=30)[0].split() for racer in racers]
    assert sorted(has_lease for has_lease, _ in results) == ["False", "False", "True"]
    assert sorted(fired for _, fired in results) == ["False", "False", "True"]
    assert [run.state for run in store.runs.list()] == ["queued"]
