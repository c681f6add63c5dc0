"""Backfill from the fake Slack, over HTTP and into a real store."""

import threading
import zipfile

import pytest
from slack_sdk import WebClient

from bot.errors import InvalidCredential, NobodyAgreed, SlackError
from bot.history import BackfillRequest, Watch, backfill
from bot.importing import ImportRequest, import_archive
from bot.pacing import Clock
from bot.slack import Slack
from storage.archive import Archive
from storage.errors import UnknownChannel
from storage.ingestion import IngestPolicy, RawMessage
from storage.store import Store
from tests.bot.stored import list_channels, list_people, list_rows
from tests.fake_slack import (
    ADA,
    BRAM,
    CARMEN,
    GENERAL,
    GUEST,
    OFFICE,
    PARTNERS,
    RANDOM,
    FakeSlack,
    FakeWorkspace,
)

SPEED = 1_000
HISTORY, REPLIES = "conversations.history", "conversations.replies"


class StillClock(Clock):
    """A clock whose time passes only where somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        self.now += seconds
        self.waits.append(seconds)


class Reading:
    """A store, a Slack, and backfills from one into the other."""

    def __init__(self, store: Store, slack: FakeSlack, *, timeout: int = 2) -> None:
        self.store, self.fake = store, slack
        client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=timeout)
        self.slack = Slack(client)
        self.stop = threading.Event()
        self.clock = Clock(SPEED)
        self.progress = []

    def agree(self, *user_ids: str) -> None:
        team_id = self.fake.workspace.team_id
        members = [self.store.members.ensure(each, team_id=team_id).id for each in user_ids]
        self.store.consent.grant(members, actor="subject", by_subject=True)

    def run(self, *channels: str, authors=(), since="", include=(), on_progress=None):
        request = BackfillRequest(channels, tuple(authors), since)
        watch = Watch(on_progress or self.progress.append, self.stop, self.clock)
        include = frozenset(include)
        return backfill(self.store, self.slack, request, include=include, watch=watch)

    def texts(self) -> list[str]:
        return [row[-1] for row in list_rows(self.store) if row[-1]]

    def asked(self, method: str, **arguments: str) -> list[dict[str, str]]:
        return [
            call.arguments
            for call in self.fake.called(method)
            if call.status == 200 and arguments.items() <= call.arguments.items()
        ]


@pytest.fixture
def fake():
    with FakeSlack(scale=SPEED) as fake:
        yield fake


@pytest.fixture
def reading(store, fake):
    reading = Reading(store, fake)
    reading.agree(ADA, BRAM)
    return reading


def fill(workspace, number=450, *, channel=GENERAL, threads_every=10):
    """Let two people write, some of it in threads."""
    for i in range(number):
        message = workspace.say((ADA, BRAM)[i % 2], channel, f"line {i}", ts=stamp(i))
        if threads_every and i % threads_every == 0:
            for j in (1, 2):
                ts = f"{message['ts'][:-6]}{j:06d}"
                workspace.say(BRAM, channel, f"reply {j}", ts=ts, thread_ts=message["ts"])


def stamp(i: int) -> str:
    return f"{1_700_000_000 + 60 * i}.000000"


# --- the same rows as an import


@pytest.fixture(scope="session")
def small_export(tmp_path_factory, sample):
    """The first weeks of the sample workspace."""
    path = tmp_path_factory.mktemp("small") / "export.zip"
    with zipfile.ZipFile(sample) as whole, zipfile.ZipFile(path, "w") as part:
        for name in whole.namelist():
            if "/" not in name or name.rpartition("/")[2] < "2025-02-01":
                part.writestr(name, whole.read(name))
    return path


def compare_with_import(path, tmp_path, keyring, *, limits, speed):
    imported = Store.open(f"sqlite:///{tmp_path / 'imported.db'}", keyring)
    crawled = Store.open(f"sqlite:///{tmp_path / 'crawled.db'}", keyring)
    workspace = FakeWorkspace.from_export(path)
    try:
        with Archive.open(path) as archive:
            everybody = ImportRequest(consent=("all",))
            summary = import_archive(imported, archive, everybody, on_problem=pytest.fail)
        with FakeSlack(workspace, limits=limits, scale=speed) as fake:
            slack = Slack(fake.client())
            reading = Reading(crawled, fake)
            users = list(workspace.users.values())
            members = crawled.members.register(users, team_id=workspace.team_id)
            crawled.consent.grant(members, actor="operator")
            watch = Watch(reading.progress.append, clock=Clock(speed))
            found = backfill(crawled, slack, BackfillRequest(), include=frozenset(), watch=watch)
        assert list_rows(crawled) == list_rows(imported)
        assert list_people(crawled, but="mimic") == list_people(imported)
        assert list_channels(crawled) == list_channels(imported)
        assert found.report == summary.report
        return reading
    finally:
        imported.close()
        crawled.close()


def test_a_backfill_gives_the_rows_of_an_import(small_export, tmp_path, keyring):
    reading = compare_with_import(small_export, tmp_path, keyring, limits="normal", speed=SPEED)
    last = reading.progress[-1]
    assert (last.fraction, last.channels_done, last.channels) == (1.0, 2, 2)
    assert not last.is_restricted
    assert {call.status for call in reading.fake.calls} == {200}  # none came too soon


def test_one_page_of_15_a_minute_gives_them_too(small_export, tmp_path, keyring):
    reading = compare_with_import(
        small_export, tmp_path, keyring, limits="restricted", speed=10_000
    )
    told = [headway for headway in reading.progress if headway.is_restricted]
    assert any(headway.seconds_left for headway in told)


@pytest.mark.slow
@pytest.mark.parametrize("limits", ["normal", "restricted"])
def test_a_backfill_of_a_year_gives_the_rows_of_its_import(sample, tmp_path, keyring, limits):
    compare_with_import(sample, tmp_path, keyring, limits=limits, speed=10_000)


def test_short_and_empty_pages_are_not_the_end(reading, fake):
    fill(fake.workspace)
    fake.state.pages.is_ragged = True
    assert reading.run().report.messages_stored == 450 + 2 * 45
    assert not reading.progress[-1].is_restricted


# --- what is read, and what is not


def test_only_those_who_agreed_are_stored(reading, fake):
    fake.workspace.say(ADA, GENERAL, "mine")
    fake.workspace.say(CARMEN, GENERAL, "not mine to keep")
    summary = reading.run()
    assert reading.texts() == ["mine"]
    assert summary.report.messages_dropped == {"no_consent": 1}
    assert summary.agreed == 2


def test_where_nobody_agreed_no_message_is_even_asked_for(store, fake):
    reading = Reading(store, fake)
    fake.workspace.say(ADA, GENERAL, "hello")
    assert reading.run().agreed == 0
    assert not reading.asked(HISTORY)
    assert store.members.find("ada").consent == "none"


def test_private_and_shared_channels_are_left_out_unless_they_are_included(reading, fake):
    for channel in (GENERAL, OFFICE, PARTNERS):
        fake.workspace.say(ADA, channel, channel)
    assert reading.run().channels_skipped == {"connect": 1}
    assert reading.texts() == [GENERAL]
    assert reading.run(include=["private", "connect"]).channels == 3
    assert set(reading.texts()) == {GENERAL, OFFICE, PARTNERS}
    kinds = {each.name: each.kind for each in reading.store.channels.list()}
    assert kinds == {"general": "public", "partners": "public", "office": "private"}


def test_guests_are_read_for_once_they_are_included(reading, fake):
    fake.workspace.say(GUEST, GENERAL, "just visiting")
    reading.agree(GUEST)
    assert reading.run().report.messages_dropped == {"private": 1}
    assert reading.run(include=["guests"]).report.messages_stored == 1


def test_a_missing_scope_for_private_channels_leaves_only_them_out(reading, fake):
    fake.workspace.say(ADA, GENERAL, "hello")
    fake.state.scopes -= {"groups:read"}
    assert reading.run(include=["private"]).channels_skipped == {"connect": 1, "missing_scope": 1}
    assert reading.texts() == ["hello"]


def test_a_missing_scope_for_all_channels_is_one_sentence(reading, fake):
    fake.state.scopes -= {"channels:read"}
    with pytest.raises(SlackError, match="channels:read"):
        reading.run()


def test_a_revoked_token_is_one_sentence(reading, fake):
    fake.state.revoked.add(fake.bot_token)
    with pytest.raises(InvalidCredential, match="mimic init"):
        reading.run()


@pytest.mark.parametrize("name", ["random", "#random", "channel:Random", RANDOM])
def test_named_channels_alone_are_read(reading, fake, name):
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    fake.workspace.say(ADA, GENERAL, "general")
    fake.workspace.say(ADA, RANDOM, "random")
    assert reading.run(name).channels == 1
    assert reading.texts() == ["random"]


def test_a_channel_without_the_bot_is_named(reading):
    with pytest.raises(UnknownChannel, match="invite it"):
        reading.run("#random")


def test_people_who_have_not_agreed_cannot_be_read_for(reading):
    with pytest.raises(NobodyAgreed):
        reading.run(authors=["@carmen"])


def test_archived_channels_are_read(reading, fake):
    fake.workspace.say(ADA, GENERAL, "long ago")
    fake.workspace.channel(GENERAL).facts["is_archived"] = True
    reading.run()
    assert reading.texts() == ["long ago"]


# --- threads are read for those who wrote in them


def open_threads(workspace, *replies, root=CARMEN):
    """Begin a thread for each group of people who reply to it."""
    for number, users in enumerate(replies):
        ts = workspace.say(root, GENERAL, "who?", ts=stamp(number))["ts"]
        for reply, user in enumerate(users, start=1):
            workspace.say(user, GENERAL, f"I {reply}", ts=f"{ts[:-6]}{reply:06d}", thread_ts=ts)


def test_no_replies_are_asked_for_in_threads_that_nobody_who_agreed_wrote_in(reading, fake):
    open_threads(fake.workspace, [CARMEN], [BRAM, CARMEN], [CARMEN, GUEST], [ADA])
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [stamp(3), stamp(1)]
    assert reading.texts() == ["I 1", "I 1"]


def test_where_slack_does_not_list_all_who_replied_the_thread_is_read(reading, fake):
    others = [f"U0FAKE{number:04d}" for number in range(5)]
    for user in others:
        fake.workspace.add_user(user, user.lower(), user)
    open_threads(fake.workspace, others, [*others, ADA], [CARMEN])
    root = fake.workspace.channel(GENERAL).messages[stamp(2)]
    del root["reply_users"]
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [stamp(2), stamp(1)]
    assert reading.texts() == ["I 6"]


def test_who_agrees_later_is_read_for_in_threads_that_were_left_out(reading, fake):
    open_threads(fake.workspace, [CARMEN], [BRAM])
    reading.run()
    reading.agree(CARMEN)
    assert reading.run().report.messages_stored == 2 + 1
    assert sorted(reading.texts()) == ["I 1", "I 1", "who?", "who?"]


def test_a_crawl_goes_on_for_those_it_was_for(reading, fake):
    open_threads(fake.workspace, [CARMEN], [BRAM])
    for number in range(200):
        fake.workspace.say(ADA, GENERAL, "hello", ts=stamp(10 + number))
    reading.run(on_progress=lambda headway: headway.messages and reading.stop.set())
    reading.stop.clear()
    reading.agree(CARMEN)
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [stamp(1), stamp(1), stamp(0)]
    assert reading.texts().count("I 1") == 2


def test_late_replies_of_others_are_not_asked_for(reading, fake):
    said = [fake.workspace.say(CARMEN, GENERAL, text)["ts"] for text in ("one", "two")]
    reading.run()
    fake.workspace.say(CARMEN, GENERAL, "late", thread_ts=said[0])
    fake.workspace.say(BRAM, GENERAL, "late, too", thread_ts=said[1])
    reading.run()
    assert [asked["ts"] for asked in reading.asked(REPLIES)] == [said[1]]
    assert reading.texts() == ["late, too"]


def test_a_reply_that_is_gone_is_found_where_only_others_are_left(reading, fake):
    root = fake.workspace.say(CARMEN, GENERAL, "who?")["ts"]
    fake.workspace.say(CARMEN, GENERAL, "not me", thread_ts=root)
    mine = fake.workspace.say(ADA, GENERAL, "me", thread_ts=root)["ts"]
    reading.run()
    fake.workspace.remove(GENERAL, mine)
    assert reading.run().report.messages_dropped["deleted"] == 1
    assert reading.texts() == []


# --- what has been read is not read again


def test_what_was_read_is_not_asked_for_again_after_a_stop(reading, fake):
    fill(fake.workspace)

    def stop_halfway(headway):
        if headway.messages >= 400:
            reading.stop.set()

    first = reading.run(on_progress=stop_halfway)
    assert first.is_stopped
    stored = len(reading.texts())
    assert 200 < stored < 540
    reached = min(row[1] for row in list_rows(reading.store) if "reply" not in row[-1])
    threads = len(reading.asked(REPLIES))
    reading.stop.clear()
    fake.calls.clear()
    second = reading.run()
    assert second.report.messages_read == 540 - stored
    *windows, look_back = reading.asked(HISTORY)
    assert all(window["latest"] <= reached for window in windows)
    assert look_back["oldest"] > stamp(450)
    assert len(reading.asked(REPLIES)) == 45 - threads
    assert len(reading.texts()) == 540


def test_a_process_that_is_killed_loses_one_window_at_most(reading, fake):
    fill(fake.workspace)

    class Killed(BaseException):
        pass

    def kill(headway):
        if headway.messages == 400 and headway.report.messages_read:
            raise Killed

    with pytest.raises(Killed):
        reading.run(on_progress=kill)
    assert len(reading.texts()) == 200 + 2 * 20
    fake.calls.clear()
    assert reading.run().report.messages_read == 250 + 2 * 25
    assert reading.asked(HISTORY)[0]["latest"] == stamp(250)


def test_a_second_run_looks_back_a_week(reading, fake):
    fill(fake.workspace, 3, threads_every=0)
    reading.run()
    fake.workspace.say(ADA, GENERAL, "new")
    fake.calls.clear()
    assert reading.run().report.messages_read == 1
    oldest = float(reading.asked(HISTORY)[0]["oldest"])
    until = float(reading.store.crawls.last_finished().until_ts)
    assert until - oldest == pytest.approx(7 * 86_400, abs=60)


def test_late_replies_edits_and_deleted_roots_are_found_in_the_look_back(reading, fake):
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two", "three")]
    fake.workspace.say(BRAM, GENERAL, "first", thread_ts=said[2])
    reading.run()
    fake.workspace.edit(GENERAL, said[0], text="one, edited")
    fake.workspace.say(BRAM, GENERAL, "late", thread_ts=said[1])
    fake.workspace.remove(GENERAL, said[2])
    reading.run()
    assert sorted(reading.texts()) == ["first", "late", "one, edited", "two"]


def test_what_was_deleted_while_nobody_listened_is_found_in_the_look_back(reading, fake):
    workspace = fake.workspace
    said = [workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two", "three", "four")]
    replies = [workspace.say(BRAM, GENERAL, f"re {i}", thread_ts=said[1])["ts"] for i in (1, 2)]
    broadcast = {"thread_ts": said[1], "subtype": "thread_broadcast"}
    workspace.say(BRAM, GENERAL, "to all", **broadcast)
    only = workspace.say(BRAM, GENERAL, "the only reply", thread_ts=said[0])["ts"]
    reading.run()
    assert len(reading.texts()) == 8
    for ts in (said[2], said[3], replies[0], only):
        workspace.remove(GENERAL, ts)
    assert reading.run().report.messages_dropped == {"deleted": 4}
    assert sorted(reading.texts()) == ["one", "re 2", "to all", "two"]
    assert reading.run().report.messages_dropped == {}


def test_what_slack_does_not_show_any_more_or_refuses_is_kept(reading, fake):
    said = [fake.workspace.say(ADA, GENERAL, text)["ts"] for text in ("one", "two", "three")]
    fake.workspace.say(BRAM, GENERAL, "reply", thread_ts=said[1])
    reading.run()
    fake.workspace.remove(GENERAL, said[0])  # as a free plan hides what is old
    fake.state.faults.fail(REPLIES, "error", error="thread_not_found")
    reading.run()
    assert sorted(reading.texts()) == ["one", "reply", "three", "two"]


def test_what_comes_in_live_meanwhile_is_kept(reading, fake):
    root = fake.workspace.say(ADA, GENERAL, "one")["ts"]
    fake.workspace.say(BRAM, GENERAL, "reply", thread_ts=root)
    reading.run()

    def hear(headway):
        for thread_ts in ("", root):
            live = {"type": "message", "user": ADA, "text": "live", "ts": fake.workspace.next_ts()}
            raw = RawMessage(GENERAL, live | ({"thread_ts": thread_ts} if thread_ts else {}))
            reading.store.ingest([raw], policy=IngestPolicy(team_id=fake.workspace.team_id))

    reading.run(on_progress=hear)
    assert reading.texts().count("live") >= 4


def test_whoever_agrees_later_is_read_for_from_the_beginning(reading, fake):
    fill(fake.workspace, 5, threads_every=0)
    fake.workspace.say(CARMEN, GENERAL, "old words", ts=stamp(2)[:-1] + "5")
    reading.run()
    reading.agree(CARMEN)
    assert reading.run().report.messages_stored == 1
    assert "old words" in reading.texts()
    assert reading.run().report.messages_read == 0


def test_whoever_left_and_came_back_is_read_for_again(reading, fake):
    fill(fake.workspace, 4, threads_every=0)
    reading.run()
    ada = reading.store.members.find("ada").id
    reading.store.forget(ada, state="left", by_subject=True)
    reading.agree(ADA)
    assert reading.run().report.messages_stored == 2


def test_a_crawl_of_before_somebody_agreed_is_ended_first(reading, fake):
    fill(fake.workspace)
    fake.workspace.say(CARMEN, GENERAL, "newest")
    reading.run(on_progress=lambda headway: headway.messages and reading.stop.set())
    reading.stop.clear()
    reading.agree(CARMEN)
    reading.run()
    assert "newest" in reading.texts()
    assert len(reading.store.crawls.covered()) == 3


def test_a_channel_that_the_bot_joins_later_is_read_from_its_beginning(reading, fake):
    fill(fake.workspace, 5, channel=RANDOM, threads_every=0)
    fake.workspace.say(ADA, GENERAL, "hello")
    reading.run()
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    assert reading.run().report.messages_stored == 5


def test_one_named_channel_does_not_stand_for_all(reading, fake):
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    fill(fake.workspace, 4, channel=RANDOM, threads_every=0)
    fill(fake.workspace, 3, threads_every=0)
    reading.run("#random")
    assert reading.store.crawls.covered() == frozenset()
    fake.workspace.say(ADA, RANDOM, "new")
    assert reading.run("#random").report.messages_read == 1
    assert reading.run().report.messages_read == 3 + 1  # the look-back
    assert len(reading.texts()) == 8
    assert len(reading.store.crawls.covered()) == 2


def test_since_reads_again_from_a_day_on(reading, fake):
    fill(fake.workspace, 10, threads_every=0)
    reading.run()
    fake.workspace.edit(GENERAL, stamp(7), text="edited")
    assert reading.run().report.messages_read == 0  # longer ago than a week
    assert reading.run(since=stamp(5)).report.messages_read == 4
    assert "edited" in reading.texts()


def test_since_alone_does_not_stand_for_the_whole_history(reading, fake):
    fill(fake.workspace, 10, threads_every=0)
    assert reading.run(since=stamp(5)).report.messages_stored == 4
    assert reading.run().report.messages_stored == 6


def test_silence_means_yes_to_all_where_admins_chose_so(database_url, keyring, fake):
    fill(fake.workspace, 4, threads_every=0)
    fake.workspace.say(CARMEN, GENERAL, "me, too", ts=stamp(9))
    store = Store.open(database_url, keyring, consent_default="opt-out")
    fake.workspace.say(CARMEN, GENERAL, "and me", thread_ts=stamp(9))
    reading = Reading(store, fake)
    assert reading.run().report.messages_stored == 6
    fake.workspace.add_user("U0FAKENEWO", "newbie", "Nella New")
    assert reading.run().report.messages_read == 0  # nobody new has an unread history
    store.close()


# --- what goes wrong


@pytest.mark.parametrize("kind", ["500", "503", "html", "reset", "truncated"])
def test_what_fails_for_a_while_is_asked_again(reading, fake, kind):
    fill(fake.workspace, 25)
    for method in ("auth.test", "users.list", "users.conversations", HISTORY, REPLIES):
        fake.state.faults.fail(method, kind, times=2)
    assert reading.run().report.messages_stored == 25 + 2 * 3


def test_an_answer_that_does_not_come_is_asked_for_again(store, fake):
    reading = Reading(store, fake, timeout=1)
    reading.agree(ADA, BRAM)
    fill(fake.workspace, 25)
    fake.state.faults.fail(HISTORY, "hang", seconds=1.5)
    assert reading.run().report.messages_stored == 25 + 2 * 3


@pytest.mark.parametrize("method", ["users.list", HISTORY, REPLIES])
def test_a_limit_is_waited_for_to_the_second(reading, fake, method):
    fill(fake.workspace, 25)
    fake.state.faults.fail(method, "ratelimited", seconds=30)
    reading.clock = clock = StillClock()
    reading.run()
    refused, again = fake.called(method)[:2]
    assert refused.status == 429
    assert fake.calls.index(again) == fake.calls.index(refused) + 1
    assert [wait for wait in clock.waits if wait > 5] == [30]


def test_limits_are_waited_for_however_often_they_come(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(HISTORY, "ratelimited", seconds=10, times=20)
    assert reading.run().report.messages_stored == 25 + 2 * 3


def test_long_limits_that_recur_mean_the_slow_pace(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "ratelimited", seconds=60, times=2)
    reading.run()
    assert reading.progress[-1].is_restricted


def test_a_thread_that_is_not_there_is_counted_and_all_else_is_read(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "error", error="thread_not_found", nth=2)
    summary = reading.run()
    assert summary.threads_skipped == {"thread_not_found": 1}
    assert summary.report.messages_stored == 25 + 2 * 2
    assert summary.to_json()["threads_skipped"] == {"thread_not_found": 1}


@pytest.mark.parametrize(
    "code", ["not_in_channel", "channel_not_found", "missing_scope", "what_now"]
)
def test_a_channel_that_cannot_be_read_is_counted_and_read_later(reading, fake, code):
    fake.workspace.channel(RANDOM).members.append("U0FAKEMIMIC")
    fill(fake.workspace, 3, threads_every=0)
    fill(fake.workspace, 4, channel=RANDOM, threads_every=0)
    fake.state.faults.fail(
        HISTORY, "error", error=code, when=lambda asked: asked["channel"] == GENERAL
    )
    summary = reading.run()
    assert summary.channels_skipped == {"connect": 1, code: 1}
    assert (summary.channels, summary.report.messages_stored) == (1, 4)
    crawl = reading.store.crawls.last_finished()
    problems = {each.problem for each in reading.store.crawls.coverage(crawl.id).values()}
    assert problems == {None, code}
    assert reading.run().report.messages_stored == 3


def test_one_thread_at_which_slack_fails_for_good_does_not_end_it(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "500", times=99, when=lambda asked: asked["ts"] == stamp(10))
    summary = reading.run()
    assert summary.threads_skipped == {"server_error": 1}
    assert summary.report.messages_stored == 25 + 2 * 2


@pytest.mark.parametrize("kind", ["500", "html", "reset"])
def test_a_slack_that_is_down_ends_it_and_it_goes_on_later(reading, fake, kind):
    fill(fake.workspace, 250)
    for method in (HISTORY, "auth.test"):
        fake.state.faults.fail(method, kind, nth=2, times=16)
    with pytest.raises(SlackError, match="run this again"):
        reading.run()
    assert len(reading.texts()) == 200 + 2 * 20
    fake.state.faults._faults.clear()
    assert reading.run().report.messages_stored == 50 + 2 * 5


def test_a_slack_that_goes_down_between_threads_loses_none_of_those_before(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(REPLIES, "500", nth=2, times=16)
    fake.state.faults.fail("auth.test", "500", nth=2, times=16)
    with pytest.raises(SlackError):
        reading.run()
    assert sum("reply" in text for text in reading.texts()) == 2
    fake.state.faults._faults.clear()
    reading.run()
    assert len(reading.texts()) == 25 + 2 * 3
    assert len(reading.asked(REPLIES)) == 3


def test_a_stop_ends_a_long_wait(reading, fake):
    fill(fake.workspace, 25)
    fake.state.faults.fail(HISTORY, "ratelimited", seconds=3_600 * SPEED)
    timer = threading.Timer(0.1, reading.stop.set)
    timer.start()
    assert reading.run().is_stopped
    timer.join()


def test_answers_and_names_never_reach_the_logs(reading, fake, caplog):
    fill(fake.workspace, 25)
    for kind in ("truncated", "html", "500"):
        fake.state.faults.fail(HISTORY, kind, nth=1)
        fake.state.faults.fail(REPLIES, kind, nth=1)
    reading.run()
    assert "line" not in caplog.text
    assert "Lindqvist" not in caplog.text


def test_two_at_once_take_turns(reading, fake):
    fill(fake.workspace, 25)
    runs = [threading.Thread(target=reading.run) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(reading.texts()) == 31
    assert len(reading.asked(REPLIES)) == 3
