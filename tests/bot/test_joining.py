"""From a yes to a first voice: a real store, a real backfill from the fake Slack."""

import threading

import pytest

from bot.errands import Errands
from bot.headway import Headway
from bot.joining import PROGRESS_AFTER_SECONDS, PROGRESS_EVERY_SECONDS, Joining, Progress
from bot.pacing import PAGE, Clock
from bot.session import open_session
from bot.settings import Settings
from bot.slack import Slack
from storage.ingestion import IngestReport
from tests.bot.history.reading import StillClock
from tests.fake_slack import (
    ADA,
    BRAM,
    CARMEN,
    GENERAL,
    GUEST,
    TEAM,
    FakeSlack,
    FakeWorkspace,
)
from tests.waiting import PATIENCE_SECONDS, wait_until

HALFWAY = Headway(
    messages=200,
    report=IngestReport(),
    channels_done=1,
    channels=2,
    fraction=0.5,
    seconds_left=60.0,
    is_restricted=False,
)
SPEED = 1_000.0  # the bot's waits are as much shorter
CALM = 20.0  # the same where half a minute has to hold some calls
HOURS = 3_600
TEXT = "the ferry leaves at nine and nobody has seen my blue lamp since monday"


def write(workspace: FakeWorkspace, user: str, count: int) -> None:
    """Let somebody have written, a message every six hours."""
    offset = 1_700_000_000 + list(workspace.users).index(user)
    for number in range(count):
        ts = f"{offset + number * 6 * HOURS}.000100"
        workspace.say(user, GENERAL, f"{TEXT[number % 40 :]} {number}", ts=ts)


def hold_up(fake: FakeSlack, **how: float) -> None:
    """Let Slack take its time over pages of the long reading, not of the first look."""

    def is_long(asked) -> bool:
        return asked["limit"] == str(PAGE)

    fake.state.faults.fail("conversations.history", "hang", when=is_long, **how)


class Office:
    """Everything at hand; `open` stands for a start of the bot."""

    def __init__(self, session, fake: FakeSlack) -> None:
        self.session, self.store, self.fake = session, session.store, fake
        self.open()

    def open(self, speed: float = SPEED) -> None:
        self.errands = Errands()
        client = self.fake.client()
        self.joining = Joining(self.session, Slack(client), self.errands, clock=Clock(speed))

    def member(self, user_id: str) -> int:
        return self.store.members.ensure(user_id, team_id=TEAM).id

    def told(self, user_id: str, words: str):
        return self.fake.wait_for(
            lambda: [dm for dm in self.fake.dms(user_id) if words in dm.words], 15
        )

    def outcomes(self, user_id: str):
        """What somebody was told in the end, not on the way."""
        return [dm for dm in self.fake.dms(user_id) if "I have read" in dm.words]

    def versions(self, user_id: str):
        voice = self.store.voices.find("person", subject=self.member(user_id))
        return self.store.voices.versions(voice.id) if voice else ()

    def has_voice(self, user_id: str) -> bool:
        voice = self.store.voices.find("person", subject=self.member(user_id))
        return voice is not None and self.store.voices.promoted(voice.id) is not None

    @property
    def crawls(self) -> int:
        left = self.store.crawls.list_unfinished()
        newest = left[-1] if left else self.store.crawls.last_finished()
        return newest.id if newest else 0


@pytest.fixture
def fake():
    with FakeSlack(FakeWorkspace.small()) as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def office(opened, fake):
    with open_session(Settings.alone(opened)) as session:
        office = Office(session, fake)
        yield office
        office.errands.close(10)


def test_after_a_yes_the_history_is_read_and_a_first_voice_speaks(office, fake):
    write(fake.workspace, ADA, 230)
    assert office.joining.agree(ADA)
    office.told(ADA, "I have read 230 messages of yours")
    office.told(ADA, "is being trained")
    assert office.has_voice(ADA)
    [run] = office.store.runs.list()
    ada = office.member(ADA)
    assert (run.target, run.state, run.requested_by) == (f"person:{ada}", "queued", ada)
    assert run.is_forced


def test_others_messages_are_not_stored(office, fake):
    write(fake.workspace, ADA, 3)
    write(fake.workspace, BRAM, 3)
    office.joining.agree(ADA)
    office.told(ADA, "197 more messages needed")
    assert {message.author for message in office.store.messages.read()} == {office.member(ADA)}


def test_with_too_little_text_the_person_hears_how_much_is_missing(office, fake):
    write(fake.workspace, ADA, 88)
    office.joining.agree(ADA)
    office.told(ADA, "112 more messages needed")
    assert office.store.runs.list() == ()
    assert office.store.voices.find("person", subject=office.member(ADA)) is None


def test_who_has_a_voice_already_is_not_read_again(office, fake):
    write(fake.workspace, ADA, 230)
    office.joining.agree(ADA)
    office.told(ADA, "is being trained")
    office.store.consent.revoke(office.member(ADA), actor="subject", by_subject=True)
    assert not office.joining.agree(ADA)
    assert office.store.consent.allows(office.member(ADA))
    assert (office.crawls, len(office.store.runs.list())) == (1, 1)


def test_those_who_agree_while_history_is_read_share_the_next_reading(office, fake):
    for user in (ADA, BRAM, CARMEN):
        write(fake.workspace, user, 5)
    hold_up(fake, seconds=0.5)
    office.joining.agree(ADA)
    fake.wait_for(office.store.crawls.list_unfinished)
    office.joining.agree(BRAM)
    office.joining.agree(CARMEN)
    for user in (ADA, BRAM, CARMEN):
        office.told(user, "195 more messages needed")
    assert office.crawls == 2
    assert len(office.store.crawls.covered()) == 3


def test_who_leaves_while_history_is_read_hears_no_more(office, fake):
    write(fake.workspace, ADA, 5)
    write(fake.workspace, BRAM, 5)
    hold_up(fake, seconds=0.3)
    office.joining.agree(ADA)
    office.joining.agree(BRAM)
    fake.wait_for(office.store.crawls.list_unfinished)
    office.store.forget(office.member(ADA), state="left", by_subject=True)
    office.told(BRAM, "195 more messages needed")
    office.errands.close(10)
    assert office.outcomes(ADA) == []
    assert list(office.store.messages.read(author=office.member(ADA))) == []


def test_what_slack_refuses_is_told_once_and_tried_again(office, fake):
    write(fake.workspace, ADA, 5)
    fake.state.faults.fail("users.list", "error", error="missing_scope", times=2)
    office.joining.agree(ADA)
    office.told(ADA, "195 more messages needed")
    assert len([dm for dm in fake.dms(ADA) if "could not read" in dm.words]) == 1


def test_a_long_reading_is_shown_in_one_message_that_keeps_up(office, fake):
    write(fake.workspace, ADA, 450)
    hold_up(fake, nth=2, times=2, seconds=0.2)
    office.joining.agree(ADA)
    office.told(ADA, "is being trained")
    progress = [dm for dm in fake.dms(ADA) if "Reading your messages" in dm.words]
    assert len(progress) == 1
    assert progress[0].earlier
    assert len([dm for dm in fake.dms(ADA) if "takes a while" in dm.words]) == 1


class SlowSlack:
    """Lets nobody be told of anything until it is allowed to."""

    def __init__(self):
        self.order, self.gate = [], threading.Event()

    def dm(self, user_id, message):
        self.gate.wait(PATIENCE_SECONDS)
        self.order.append("told")
        return "D0SOMEBODY"

    def post(self, channel_id, message):
        return "1700000001.000100"


def make_progress(office, slack, *user_ids):
    """Progress that is due to be told."""
    clock = StillClock()
    batch = {office.member(each): each for each in user_ids}
    office.store.consent.grant(batch, actor="subject", by_subject=True)
    progress = Progress(slack, office.store, clock, batch)
    clock.now += PROGRESS_AFTER_SECONDS
    return progress, clock


def test_a_reading_does_not_wait_until_all_have_been_told_how_far_it_is(office):
    slack = SlowSlack()
    progress, _ = make_progress(office, slack, ADA, BRAM)
    progress.show(HALFWAY)
    slack.order.append("read on")
    slack.gate.set()
    wait_until(lambda: len(slack.order) == 3)
    progress.close()
    assert slack.order == ["read on", "told", "told"]


def test_once_a_reading_is_over_nobody_is_told_how_far_it_is(office):
    slack = SlowSlack()
    progress, clock = make_progress(office, slack, ADA)
    progress.close()
    clock.now += PROGRESS_EVERY_SECONDS
    slack.gate.set()
    progress.show(HALFWAY)
    assert progress._round is None


def test_that_it_takes_long_is_said_once_though_no_more_can_be_posted(office, fake):
    progress, clock = make_progress(office, office.joining._slack, ADA)
    fake.state.faults.fail("chat.postMessage", "error", error="rate_limited", nth=2)
    for _ in range(2):
        progress.show(HALFWAY)
        progress._round.join()
        clock.now += PROGRESS_EVERY_SECONDS
    assert len([dm for dm in fake.dms(ADA) if "takes a while" in dm.words]) == 1
    assert len([dm for dm in fake.dms(ADA) if "Reading your messages" in dm.words]) == 1


def test_a_dm_that_cannot_be_delivered_ends_nothing(office, fake):
    write(fake.workspace, ADA, 5)
    write(fake.workspace, BRAM, 5)
    fake.state.faults.fail(
        "chat.postMessage", "error", error="cannot_dm_bot", when=lambda call: call["channel"] == ADA
    )
    office.joining.agree(ADA)
    office.joining.agree(BRAM)
    office.told(BRAM, "195 more messages needed")


def test_without_a_first_voice_the_training_is_waited_for(office, fake, home):
    write(fake.workspace, ADA, 230)
    (home / "voices").write_text("in the way")
    office.joining.agree(ADA)
    office.told(ADA, "Your voice is being trained")
    assert [run.requested_by for run in office.store.runs.list()] == [office.member(ADA)]


def test_what_a_stop_cut_short_is_gone_on_with_at_the_next_start(office, fake):
    write(fake.workspace, ADA, 5)
    hold_up(fake, seconds=0.3)
    office.joining.agree(ADA)
    fake.wait_for(office.store.crawls.list_unfinished)
    office.errands.close(10)
    assert office.outcomes(ADA) == []
    office.open()
    office.joining.start()
    office.told(ADA, "195 more messages needed")


def test_a_start_bothers_nobody_who_said_nothing_or_is_done_with(office, fake):
    write(fake.workspace, ADA, 5)
    office.store.consent.grant([office.member(BRAM)], actor="import")
    office.joining.agree(ADA)
    office.told(ADA, "195 more messages needed")
    office.errands.close(10)
    office.open()
    office.joining.start()
    office.errands.close(10)
    assert len(office.outcomes(ADA)) == 1
    assert fake.dms(BRAM) == []


def test_a_guest_who_is_left_out_is_told_that_nothing_was_found(office, fake):
    write(fake.workspace, GUEST, 5)
    office.joining.agree(GUEST)
    office.told(GUEST, "I have read 0 messages")


# --- a first look goes before the long reading


@pytest.fixture
def busy():
    """A Slack with its usual limits, where Ada has written much and many threads are read."""
    with FakeSlack(FakeWorkspace.small(), limits="normal", scale=CALM) as fake:
        write(fake.workspace, ADA, 230)
        write_threads(fake.workspace, BRAM, ADA, 30)
        yield fake
        assert fake.violations == []


@pytest.fixture
def calm(opened, busy):
    with open_session(Settings.alone(opened)) as session:
        office = Office(session, busy)
        office.open(CALM)
        yield office
        office.errands.close(10)


def write_threads(workspace: FakeWorkspace, user: str, by: str, count: int, replies: int = 1):
    """Let somebody have asked, and somebody else have replied."""
    start = 1_690_000_000 + 1_000_000 * list(workspace.users).index(user)
    for number in range(count):
        root = f"{start + number * 60}.000200"
        workspace.say(user, GENERAL, f"Who has seen lamp {number}?", ts=root)
        for reply in range(replies):
            ts, text = f"{root[:-6]}{reply + 300:06d}", f"{TEXT[reply % 40 :]} {number} {reply}"
            workspace.say(by, GENERAL, text, ts=ts, thread_ts=root)


def test_a_first_voice_speaks_before_all_is_read(calm, busy):
    calm.joining.agree(ADA)
    calm.told(ADA, "I have read 230 messages of yours so far. Your first voice is ready")
    assert calm.has_voice(ADA)
    assert calm.member(ADA) not in calm.store.crawls.covered()
    assert calm.store.runs.list() == ()
    calm.told(ADA, "I am through: I have read 260 messages of yours")
    assert len(busy.called("conversations.replies")) == 30
    assert len(calm.versions(ADA)) == 1
    [run] = calm.store.runs.list()
    assert run.requested_by == calm.member(ADA)


def test_a_first_voice_does_not_wait_until_others_have_been_read_for(calm, busy):
    write(busy.workspace, CARMEN, 230)
    calm.joining.agree(ADA)
    busy.wait_for(lambda: busy.called("conversations.replies"))
    calm.joining.agree(CARMEN)
    calm.told(CARMEN, "Your first voice is ready")
    assert calm.store.crawls.covered() == frozenset()


def test_who_wrote_much_more_than_was_seen_first_gets_a_better_first_voice(office, fake):
    write(fake.workspace, ADA, 230)
    write_threads(fake.workspace, BRAM, ADA, 2, replies=60)
    office.open(CALM)
    office.joining.agree(ADA)
    office.told(ADA, "I have read 230 messages of yours so far")
    office.told(ADA, "I am through: I have read 350 messages of yours")
    assert [version.messages for version in office.versions(ADA)] == [350, 230]
    assert len(office.store.runs.list()) == 1


def test_who_has_too_little_text_so_far_hears_nothing_until_all_is_read(calm, busy):
    write_threads(busy.workspace, CARMEN, BRAM, 2, replies=100)
    calm.joining.agree(BRAM)
    calm.told(BRAM, "I have read 230 messages of yours. Your first voice is ready")
    assert len(calm.outcomes(BRAM)) == 1


def test_a_first_look_that_fails_keeps_nothing_from_being_read(office, fake):
    write(fake.workspace, ADA, 230)
    fake.state.faults.fail("users.list", "error", error="missing_scope")
    office.joining.agree(ADA)
    office.told(ADA, "I have read 230 messages of yours. Your first voice is ready")
    assert not [dm for dm in fake.dms(ADA) if "could not read" in dm.words]


def test_who_is_read_for_and_was_not_introduced_is_so_at_the_next_start(calm, busy):
    calm.joining.agree(ADA)
    [crawl] = busy.wait_for(calm.store.crawls.list_unfinished, 10)
    calm.told(ADA, "Your first voice is ready")
    calm.errands.close(10)
    calm.store.crawls.finish(crawl.id)  # the process died between this and what follows
    calm.open(CALM)
    calm.joining.start()
    calm.told(ADA, "I am through: ")
    assert [run.requested_by for run in calm.store.runs.list()] == [calm.member(ADA)]
    calm.errands.close(10)
    calm.open(CALM)
    calm.joining.start()
    calm.errands.close(10)
    assert len(calm.outcomes(ADA)) == 2
