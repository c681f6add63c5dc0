"""The thread that closes gaps while the bot serves."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.catching_up import NIGHTLY, CatchUp
from bot.cron import find_next
from bot.pacing import Clock
from bot.slack import Slack
from tests.bot.stored import list_rows
from tests.fake_slack import ADA, BOT, GENERAL, RANDOM, TEAM, FakeSlack
from tests.waiting import wait_until


@pytest.fixture
def fake():
    with FakeSlack() as fake:
        yield fake


@pytest.fixture
def catch_up(store, fake):
    ada = store.members.ensure(ADA, team_id=TEAM).id
    store.consent.grant([ada], actor="subject", by_subject=True)
    catch_up = CatchUp(store, Slack(fake.client()), include=frozenset(), clock=Clock(10_000))
    yield catch_up
    catch_up.close(5)
    assert not catch_up._thread.is_alive()


def wait_for_texts(store, *texts):
    wait_until(lambda: sorted(row[-1] for row in list_rows(store)) == sorted(texts))


def test_what_was_missed_is_read_at_the_start_and_when_it_is_asked_for(catch_up, store, fake):
    fake.workspace.say(ADA, GENERAL, "while you were away")
    catch_up.start()
    wait_for_texts(store, "while you were away")
    fake.workspace.say(ADA, GENERAL, "unheard")
    catch_up.ask()
    wait_for_texts(store, "while you were away", "unheard")


def test_a_night_without_the_bot_ends_as_if_it_had_been_there(catch_up, store, fake):
    workspace = fake.workspace
    workspace.seconds_ago = 3_600
    kept, edited, gone, buried = (
        workspace.say(ADA, GENERAL, text)["ts"] for text in ("kept", "helo", "oh no", "a root")
    )
    workspace.say(ADA, GENERAL, "a reply", thread_ts=buried)
    lost = workspace.say(ADA, GENERAL, "a lost reply", thread_ts=buried)["ts"]
    catch_up.start()
    wait_for_texts(store, "kept", "helo", "oh no", "a root", "a reply", "a lost reply")
    # nobody hears any of this
    workspace.edit(GENERAL, edited, text="hello")
    for ts in (gone, lost, buried):
        workspace.remove(GENERAL, ts)
    workspace.say(ADA, GENERAL, "a late reply", thread_ts=kept)
    workspace.channel(RANDOM).members.append(BOT)
    workspace.say(ADA, RANDOM, "where the bot was invited")
    workspace.add_user("U0FAKEZOE", "zoe.p", "Zoe Pallister")
    workspace.say(ADA, GENERAL, "welcome Pallister")
    catch_up.ask()
    wait_for_texts(
        store,
        *("kept", "hello", "a reply", "a late reply"),
        *("where the bot was invited", "welcome <name>"),
        *("", "", ""),  # marks of what was deleted
    )


def test_it_is_asked_for_once_a_night(catch_up, store, fake):
    fake.workspace.say(ADA, GENERAL, "while you were away")
    catch_up.start()
    wait_for_texts(store, "while you were away")
    wait_until(lambda: store.crawls.last_finished())
    fake.workspace.say(ADA, GENERAL, "unheard")
    night = find_next(NIGHTLY, datetime.now(UTC))
    catch_up.look(night - timedelta(minutes=1))
    assert not catch_up._asked.is_set()
    catch_up.look(night)
    wait_for_texts(store, "while you were away", "unheard")
    catch_up.look(night + timedelta(hours=1))
    assert not catch_up._asked.is_set()


def test_where_slack_refuses_it_is_tried_again_later(catch_up, store, fake, caplog):
    fake.workspace.say(ADA, GENERAL, "while you were away")
    fake.state.faults.fail("users.list", "error", error="missing_scope")
    catch_up.start()
    wait_for_texts(store, "while you were away")
    assert "SlackError" in caplog.text


def test_closing_ends_a_long_wait(catch_up, fake):
    fake.state.faults.fail("users.list", "ratelimited", seconds=10_000_000)
    catch_up.start()
    fake.wait_for(lambda: fake.called("users.list"))
    catch_up.close(5)


def test_closing_before_the_start_is_no_error(catch_up):
    catch_up.close(1)
    catch_up.start()


def test_names_of_who_was_forgotten_are_asked_for_and_insisted_on(catch_up, store, fake, caplog):
    assert catch_up.learn_names()
    assert not fake.called("users.list")
    fake.workspace.add_user("U0FAKEZOE", "zoe.p", "Zoe Pallister")
    zoe = store.members.ensure("U0FAKEZOE", team_id=TEAM).id
    store.forget(zoe, state="left", by_subject=True)
    fake.state.faults.fail("users.list", "error", error="missing_scope")
    assert not catch_up.learn_names()
    assert "Live messages wait for the list of members (SlackError)." in caplog.text
    assert catch_up.learn_names()
    assert store.scrubber().scrub("welcome Pallister").text == "welcome <name>"
