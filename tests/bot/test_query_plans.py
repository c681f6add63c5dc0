"""What people do in Slack costs no more in a large workspace: no table that grows is read whole."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.announcing import Announcer
from bot.expiry import remove_expired
from bot.retraining import queue_retraining
from bot.trainer import Trainer
from bot.views.ids import (
    CONSENT_AGREE,
    CONSENT_ASK,
    HOME_PAUSE,
    HOME_RESUME,
    MESSAGE_REMOVE,
    PREVIEW_DISCARD,
    PREVIEW_POST,
    PREVIEW_SHUFFLE,
)
from storage.schema import versions
from storage.store import Store
from tests.bot.query_plans import find_scans, watching
from tests.bot.slack_bench import ADA, CARMEN, DOV, GENERAL, Bench, lend_voice, open_bench
from tests.fake_slack import FakeSlack, Shown

MORNING = datetime(2099, 5, 2, 4, tzinfo=UTC)
PROMPT = f"<@{ADA}> lunch with the gribbles?"


def draw(bench: Bench, text: str = PROMPT) -> None:
    bench.ask(text)


def shuffle(bench: Bench) -> None:
    click(bench, bench.ask(PROMPT), PREVIEW_SHUFFLE)


def post(bench: Bench) -> None:
    click(bench, bench.ask(PROMPT), PREVIEW_POST)
    posted = bench.slack.wait_for(lambda: bench.slack.posts)[-1]
    bench.click(posted, MESSAGE_REMOVE)
    bench.slack.wait_for(lambda: posted.is_deleted)


def discard(bench: Bench) -> None:
    click(bench, bench.ask(PROMPT), PREVIEW_DISCARD)


def ask_for_others(bench: Bench) -> None:
    for text in (f"<@{CARMEN}>", f"<#{GENERAL}>", "tale", f"<@{ADA}> + tale", "help", "status"):
        bench.ask(text)


def visit_home(bench: Bench) -> None:
    see_home(bench, "You have agreed")
    bench.slack.click(bench.slack.home_of(ADA), HOME_PAUSE, user=ADA)
    bench.slack.wait_for(lambda: "You are paused" in bench.slack.home_of(ADA).words)
    bench.ask(PROMPT)
    bench.slack.click(bench.slack.home_of(ADA), HOME_RESUME, user=ADA)
    bench.slack.wait_for(lambda: "You have agreed" in bench.slack.home_of(ADA).words)


def agree(bench: Bench) -> None:
    dov = bench.member(DOV)
    bench.store.consent.set(dov, "none", actor="subject", by_subject=True)
    click(bench, bench.ask(f"<@{DOV}>"), CONSENT_ASK)
    [request] = bench.slack.wait_for(lambda: bench.slack.dms(DOV))
    bench.click(request, CONSENT_AGREE, user=DOV)
    bench.slack.wait_for(lambda: bench.store.consent.allows(dov))


def write(bench: Bench) -> None:
    """Write, edit and delete a message that the bot hears of."""
    ada = bench.member(ADA)
    before = count_messages(bench, ada)
    ts = bench.slack.say(ADA, GENERAL, "the ferry leaves at nine")["ts"]
    bench.slack.wait_for(lambda: count_messages(bench, ada) == before + 1)
    bench.slack.edit(GENERAL, ts, "the ferry leaves at ten")
    bench.slack.remove(GENERAL, ts)
    bench.slack.wait_for(lambda: count_messages(bench, ada) == before)


def count_messages(bench: Bench, member: int) -> int:
    return bench.store.members.get(member).messages


def click(bench: Bench, shown: Shown, action_id: str) -> None:
    """Click and wait until the message has changed or gone."""
    bench.click(shown, action_id)
    bench.slack.wait_for(lambda: shown.earlier or shown.is_deleted)


def see_home(bench: Bench, words: str) -> None:
    bench.slack.open_home(ADA)
    bench.slack.wait_for(lambda: (home := bench.slack.home_of(ADA)) and words in home.words)


@pytest.fixture
def read_bench(speaking, fake_slack: FakeSlack):
    """The bot at work where all history has been read and a text has a voice."""
    with open_bench(speaking, fake_slack) as bench:
        store = bench.store
        lend_voice(bench.session, "text", name="tale")
        everybody = store.consent.list_usable()
        crawl = store.crawls.begin(members=everybody, since_ts="", until_ts="1700000000.000000")
        store.crawls.finish(crawl.id)
        yield bench


@pytest.mark.parametrize(
    "work", [draw, shuffle, post, discard, ask_for_others, visit_home, agree, write]
)
def test_what_people_do_reads_no_table_whole(read_bench: Bench, work: Callable[[Bench], None]):
    read_bench.ask(PROMPT)  # the names that texts are scrubbed of are read once
    with watching(read_bench.store) as watch:
        work(read_bench)
    assert find_scans(read_bench.store, watch) == {}
    assert len(watch.statements) > 2


def test_what_is_looked_for_every_few_seconds_reads_no_table_whole(read_bench: Bench):
    session, store = read_bench.session, read_bench.store
    base = session.registry.promoted(store.voices.ensure("base"))
    leaving = update(versions).where(versions.c.id == base.id)
    with store._database.writing() as connection:
        connection.execute(leaving.values(state="stale", stale_since=MORNING - timedelta(hours=9)))
    asked = store.runs.queue("all", requested_by=read_bench.member(CARMEN))
    store.runs.finish(asked.id, "failed")
    with watching(store) as watch:
        Announcer(session, read_bench.services.slack)._tell_all()
        Trainer(store, session.settings)._has_work()
        assert queue_retraining(store, MORNING)
        assert not remove_expired(store, session.registry.folder, MORNING)
    assert find_scans(store, watch) == {}


def test_a_table_that_is_read_whole_is_noticed(store: Store):
    with watching(store) as watch:
        store.members.list()
    assert list(find_scans(store, watch).values()) == [["SCAN members"]]
