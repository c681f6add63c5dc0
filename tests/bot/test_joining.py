"""From a yes to a first voice: a real store, a real backfill from the fake Slack."""

import pytest

from bot.errands import Errands
from bot.joining import Joining
from bot.pacing import Clock
from bot.session import open_session
from bot.settings import Settings
from bot.slack import Slack
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

SPEED = 1_000.0  # the bot's waits are as much shorter
HOURS = 3_600
TEXT = "the ferry leaves at nine and nobody has seen my blue lamp since monday"


def write(workspace: FakeWorkspace, user: str, count: int) -> None:
    """Let somebody have written, a message every six hours."""
    offset = 1_700_000_000 + list(workspace.users).index(user)
    for number in range(count):
        ts = f"{offset + number * 6 * HOURS}.000100"
        workspace.say(user, GENERAL, f"{TEXT[number % 40 :]} {number}", ts=ts)


class Office:
    """Everything at hand; `open` stands for a start of the bot."""

    def __init__(self, session, fake: FakeSlack) -> None:
        self.session, self.store, self.fake = session, session.store, fake
        self.open()

    def open(self) -> None:
        self.errands = Errands()
        client = self.fake.client()
        self.joining = Joining(self.session, Slack(client), self.errands, clock=Clock(SPEED))

    def member(self, user_id: str) -> int:
        return self.store.members.ensure(user_id, team_id=TEAM).id

    def told(self, user_id: str, words: str):
        return self.fake.wait_for(
            lambda: [dm for dm in self.fake.dms(user_id) if words in dm.words], 15
        )

    def outcomes(self, user_id: str):
        """What somebody was told in the end, not on the way."""
        return [dm for dm in self.fake.dms(user_id) if "I have read" in dm.words]

    def has_voice(self, user_id: str) -> bool:
        voice = self.store.voices.find("person", subject=self.member(user_id))
        return voice is not None and self.store.voices.promoted(voice.id) is not None

    @property
    def crawls(self) -> int:
        newest = self.store.crawls.unfinished() or self.store.crawls.last_finished()
        return newest.id if newest else 0


@pytest.fixture
def fake():
    with FakeSlack(FakeWorkspace.small()) as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def office(home, fake):
    with open_session(Settings.alone(home)) as session:
        office = Office(session, fake)
        yield office
        office.errands.close(10)


def test_after_a_yes_the_history_is_read_and_a_first_voice_speaks(office, fake):
    write(fake.workspace, ADA, 230)
    assert office.joining.agree(ADA)
    office.told(ADA, "I have read 230 messages of yours. Your first voice is ready")
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
    office.told(ADA, "first voice is ready")
    office.store.consent.revoke(office.member(ADA), actor="subject", by_subject=True)
    assert not office.joining.agree(ADA)
    assert office.store.consent.allows(office.member(ADA))
    assert (office.crawls, len(office.store.runs.list())) == (1, 1)


def test_those_who_agree_while_history_is_read_share_the_next_reading(office, fake):
    for user in (ADA, BRAM, CARMEN):
        write(fake.workspace, user, 5)
    fake.state.faults.fail("conversations.history", "hang", seconds=0.5)
    office.joining.agree(ADA)
    fake.wait_for(lambda: office.store.crawls.unfinished())
    office.joining.agree(BRAM)
    office.joining.agree(CARMEN)
    for user in (ADA, BRAM, CARMEN):
        office.told(user, "195 more messages needed")
    assert office.crawls == 2
    assert len(office.store.crawls.covered()) == 3


def test_who_leaves_while_history_is_read_hears_no_more(office, fake):
    write(fake.workspace, ADA, 5)
    write(fake.workspace, BRAM, 5)
    fake.state.faults.fail("conversations.history", "hang", seconds=0.3)
    office.joining.agree(ADA)
    office.joining.agree(BRAM)
    fake.wait_for(lambda: office.store.crawls.unfinished())
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
    fake.state.faults.fail("conversations.history", "hang", nth=2, times=2, seconds=0.2)
    office.joining.agree(ADA)
    office.told(ADA, "first voice is ready")
    progress = [dm for dm in fake.dms(ADA) if "Reading your messages" in dm.words]
    assert len(progress) == 1
    assert progress[0].earlier
    assert len([dm for dm in fake.dms(ADA) if "takes a while" in dm.words]) == 1


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
    fake.state.faults.fail("conversations.history", "hang", seconds=0.3)
    office.joining.agree(ADA)
    fake.wait_for(lambda: office.store.crawls.unfinished())
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
