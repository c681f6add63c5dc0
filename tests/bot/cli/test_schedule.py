import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.session import Session, open_session
from bot.settings import Settings


@pytest.fixture
def session(filled):
    with open_session(Settings.load()) as session:
        yield session


def read_rows(outcome):
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


@pytest.mark.usefixtures("filled")
def test_what_is_added_is_listed_as_people_type_it(mimic):
    (ada,) = read_rows(mimic("schedule", "add", "@ada", "nightly", "--json"))
    mimic("schedule", "add", "channel:general", "30 4 * * 1-5")
    mimic("schedule", "add", "all", "weekly")
    rows = read_rows(mimic("schedule", "list", "--json"))
    assert list(ada) == ["schedule", "target", "cron", "next_run"]
    assert [(row["target"], row["cron"]) for row in rows] == [
        ("@ada", "0 3 * * *"),
        ("#general", "30 4 * * 1-5"),
        ("all", "0 3 * * 0"),
    ]
    due = datetime.fromisoformat(ada["next_run"])
    assert timedelta(0) < due - datetime.now(UTC) <= timedelta(days=1)
    assert (due.hour, due.minute) == (3, 0)
    assert "@ada\t0 3 * * *" in mimic("schedule", "list").out


@pytest.mark.usefixtures("filled")
def test_a_second_time_replaces_the_first(mimic):
    mimic("schedule", "add", "@ada", "nightly")
    mimic("schedule", "add", "@ada", "weekly")
    assert [row["cron"] for row in read_rows(mimic("schedule", "list", "--json"))] == ["0 3 * * 0"]


def test_a_person_s_schedule_for_all_is_no_default_any_more(mimic, session: Session):
    schedules = session.store.schedules
    schedules.set("all", "0 3 * * *", next_run_at=datetime.now(UTC), is_default=True)
    mimic("schedule", "add", "all", "weekly")
    assert not schedules.find("all").is_default


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("named", ["@ada", "1"])
def test_a_schedule_is_removed_by_target_or_number(mimic, named):
    mimic("schedule", "add", "@ada", "nightly")
    (row,) = read_rows(mimic("schedule", "remove", named, "--json"))
    assert row["target"] == "@ada"
    assert read_rows(mimic("schedule", "list", "--json")) == []
    assert "mimic schedule add" in mimic("schedule", "list").err


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["add", "@ada", "now and then"], 2, "five fields"),
        (["add", "@ada", "0 3 31 2 *"], 2, "five fields"),
        (["add", "@nobody", "nightly"], 1, "@nobody"),
        (["add", "shakespeare", "nightly"], 1, "mimic learn"),
        (["add", "@ada + @bram", "nightly"], 2, "TARGET"),
        (["remove", "@bram"], 1, "no schedule"),
        (["remove", "7"], 1, "no such schedule"),
        (["run", "7"], 1, "no such schedule"),
        (["run", "@nobody"], 1, "@nobody"),
    ],
)
def test_what_cannot_be_scheduled_is_one_sentence(mimic, arguments, code, complaint):
    outcome = mimic("schedule", *arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert complaint in outcome.err
    assert outcome.err.count("\n") == 1


def test_running_queues_what_is_named_and_does_not_ask_whether_it_is_due(mimic, session: Session):
    mimic("schedule", "add", "@ada", "nightly")
    (by_number,) = read_rows(mimic("schedule", "run", "1", "--json"))
    (by_target,) = read_rows(mimic("schedule", "run", "@ada", "--json"))
    (other,) = read_rows(mimic("schedule", "run", "all", "--json"))
    assert by_number == by_target  # one that waits serves
    assert (by_number["schedule"], by_number["target"]) == (1, "@ada")
    assert (other["schedule"], other["next_run"], other["target"]) == (None, None, "all")
    runs = session.store.runs.list()
    assert [(run.state, run.is_forced) for run in runs] == [("queued", True)] * 2
    assert runs[1].id == by_number["run"]
    assert "mimic runs watch" in mimic("schedule", "run", "base").out
