"""Which voices still know what is gone, and what the doctor says of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.carrying import describe_carriers, find_carriers
from bot.session import Session, open_session
from bot.settings import Settings
from storage.ingestion import IngestPolicy, RawMessage
from tests.storage.aging import let_days_pass

WEEK = timedelta(days=7)


@pytest.fixture
def session(speaking):
    """The sample workspace with a base and the voices of Ada and Bram."""
    with open_session(Settings.load()) as session:
        yield session


def delete_one(session: Session, handle: str) -> None:
    store = session.store
    message = next(store.messages.read(author=store.members.find(handle).id))
    event = {"subtype": "message_deleted", "deleted_ts": message.ts}
    channel_id = store.channels.channel_id(message.channel)
    report = store.ingest([RawMessage(channel_id, event)], policy=IngestPolicy())
    assert report.messages_dropped == {"deleted": 1}


def schedule(session: Session, target: str, cron: str) -> None:
    session.store.schedules.set(target, cron, next_run_at=None)


def find(session: Session) -> dict[str, tuple[int, datetime | None]]:
    return {each.label: (each.texts, each.until) for each in find_carriers(session)}


def is_about(moment: datetime | None, expected: datetime) -> bool:
    return moment is not None and abs(moment - expected) < timedelta(minutes=2)


def doctor(mimic) -> tuple[int, dict[str, dict[str, object]]]:
    outcome = mimic("doctor", "--json")
    findings = map(json.loads, outcome.out.splitlines())
    return outcome.code, {each["subject"]: each for each in findings}


def test_where_nothing_is_gone_nobody_knows_it(session):
    assert find(session) == {}


def test_everybody_on_the_base_knows_what_is_gone_and_the_author_knows_it_until_the_next_run(
    session,
):
    schedule(session, "all", "* * * * *")
    delete_one(session, "@ada")
    now = datetime.now(UTC)
    found = find(session)
    assert {label: texts for label, (texts, _) in found.items()} == {
        "base": 1,
        "@ada": 1,
        "@bram": 1,
    }
    assert is_about(found["base"][1], now + WEEK)
    assert is_about(found["@bram"][1], now + WEEK)
    assert is_about(found["@ada"][1], now)


def test_a_schedule_of_their_own_counts_for_a_voice_and_no_other_does(session):
    ada = session.store.members.find("@ada").id
    schedule(session, f"person:{ada}", "* * * * *")
    delete_one(session, "@ada")
    found = find(session)
    assert is_about(found["@ada"][1], datetime.now(UTC))
    assert found["base"][1] is found["@bram"][1] is None


def test_a_schedule_that_is_no_cron_says_nothing(session):
    schedule(session, "all", "whenever")
    delete_one(session, "@ada")
    assert find(session)["base"] == (1, None)


def test_who_is_on_pause_does_not_speak(session):
    delete_one(session, "@ada")
    session.store.consent.revoke(session.store.members.find("@ada").id, actor="operator")
    assert "@ada" not in find(session)


def test_it_is_late_after_eight_days(session):
    delete_one(session, "@ada")
    let_days_pass(session.store, 7.9)
    assert not any(each.is_late for each in find_carriers(session))
    let_days_pass(session.store, 0.2)
    assert all(each.is_late for each in find_carriers(session))


def test_many_are_counted_and_the_longest_named(session):
    delete_one(session, "@ada")
    [one, *_] = find_carriers(session)
    text = describe_carriers([one] * 7)
    assert text.count("base (1 since") == 5
    assert text.endswith("; 2 more")


def test_the_doctor_says_who_knows_it_since_when_and_until_when(session, mimic):
    assert doctor(mimic)[1]["deleted text"]["detail"] == "No voice that speaks knows any."
    schedule(session, "all", "0 3 * * *")
    delete_one(session, "@ada")
    code, findings = doctor(mimic)
    finding = findings["deleted text"]
    assert (code, finding["is_ok"]) == (0, True)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert f"@ada (1 since {today}, until " in finding["detail"]
    assert " 03:00 UTC)" in finding["detail"]


def test_the_doctor_finds_it_ill_after_eight_days_and_says_what_to_do(session, mimic):
    delete_one(session, "@ada")
    let_days_pass(session.store, 9)
    code, findings = doctor(mimic)
    assert code == 1
    assert not findings["deleted text"]["is_ok"]
    assert "`mimic train --all` ends it" in findings["deleted text"]["detail"]


def test_the_doctor_counts_what_the_upkeep_will_do(session, mimic, monkeypatch):
    messages = session.store.messages.count(public_only=False)
    assert doctor(mimic)[1]["messages"]["detail"] == "They are kept for ever."
    newcomer = {"id": "U0NEWONE1", "name": "zuleika", "profile": {}}
    session.store.members.register([newcomer], team_id=session.store.team_ids()[0])
    monkeypatch.setenv("MIMIC_RETENTION_DAYS", "1")
    detail = doctor(mimic)[1]["messages"]["detail"]
    assert detail.startswith("They are kept for a day; ")
    assert f"{messages:,} are older" in detail
    assert f"{messages:,} wait to be scrubbed again" in detail
