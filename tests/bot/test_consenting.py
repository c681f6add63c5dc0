"""What people say of themselves, with a real store and Slack's Web API as the fake has it."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from bot.consenting import MOST_ASKED_A_DAY, Consenting
from bot.session import Session, open_session
from bot.settings import Settings
from bot.slack import Slack
from storage.ingestion import IngestPolicy, RawMessage
from storage.schema import audit
from tests.fake_slack import (
    ADA,
    BRAM,
    CARMEN,
    DOV,
    GENERAL,
    GUEST,
    ROBOT,
    TEAM,
    FakeSlack,
    FakeWorkspace,
)
from tests.storage.versions import add_version
from training.checkpoints import CheckpointFolder, Standing


class Host:
    """Stands in for `Joining`: notes the yes, and who is welcomed."""

    def __init__(self, session: Session, *, has_work: bool = True) -> None:
        self.store, self.has_work, self.welcomed = session.store, has_work, []

    def agree(self, user_id: str) -> bool:
        member = self.store.members.ensure(user_id, team_id=TEAM).id
        self.store.consent.grant([member], actor="subject", by_subject=True)
        self.welcomed.append(user_id)
        return self.has_work


class Desk:
    """Everything at hand."""

    def __init__(self, session: Session, fake: FakeSlack) -> None:
        self.session, self.store, self.fake = session, session.store, fake
        self.host = Host(session)
        slack = Slack(fake.client())
        self.consenting = Consenting(session, slack, self.host)
        self.store.members.register(fake.workspace.users.values(), team_id=TEAM)
        self.store.channels.register(
            [{"id": GENERAL, "name": "general"}], team_id=TEAM, kind="public"
        )

    def member(self, user_id: str) -> int:
        return self.store.members.ensure(user_id, team_id=TEAM).id

    def state(self, user_id: str):
        row = self.store.consent.get(self.member(user_id))
        return row.state, row.by_subject

    def set(self, user_id: str, state: str, *, by_subject: bool = False) -> None:
        actor = "subject" if by_subject else "operator"
        self.store.consent.set(self.member(user_id), state, actor=actor, by_subject=by_subject)

    def write(self, user_id: str, count: int) -> None:
        self.store.ingest(
            [
                RawMessage(
                    GENERAL,
                    {
                        "type": "message",
                        "user": user_id,
                        "text": f"word {number}",
                        "ts": f"{1_700_000_000 + number}.000100",
                    },
                )
                for number in range(count)
            ],
            policy=IngestPolicy(team_id=TEAM),
        )

    def read_for(self, user_id: str) -> None:
        """Let all that somebody wrote have been read."""
        members, until = [self.member(user_id)], "1700000000.000000"
        crawl = self.store.crawls.begin(members=members, since_ts="", until_ts=until)
        self.store.crawls.finish(crawl.id)

    def note(self, event: str, subject: str, *, by: str, channel: int = 0, days_ago: float = 0):
        row = {"member": self.member(subject), "event": event}
        row["details"] = {"by": self.member(by), "channel": channel}
        row["at"] = datetime.now(UTC) - timedelta(days=days_ago)
        with self.store._database.writing() as connection:
            connection.execute(insert(audit).values(row))


def words(message) -> str:
    return message["text"] + str(message["blocks"])


@pytest.fixture
def fake():
    with FakeSlack(FakeWorkspace.small()) as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def desk(home, fake):
    with open_session(Settings.alone(home)) as session:
        yield Desk(session, fake)


@pytest.fixture
def lenient(home, fake):
    """Where silence means yes."""
    settings = Settings.alone(home).model_copy(update={"mimic_consent": "opt-out"})
    with open_session(settings) as session:
        yield Desk(session, fake)


# --- yes


def test_a_yes_is_the_persons_own_and_they_are_welcomed(desk):
    assert "Thank you" in desk.consenting.agree(ADA)["text"]
    assert desk.state(ADA) == ("agreed", True)
    assert desk.host.welcomed == [ADA]


def test_a_yes_of_whose_voice_is_there_already_says_where_they_stand(desk):
    desk.host.has_work = False
    assert "You have agreed" in desk.consenting.agree(ADA)["text"]


@pytest.mark.parametrize("no", ["declined", "never_ask", "left"])
def test_a_yes_takes_the_persons_own_no_back_and_their_name_is_known_again(desk, no):
    if no == "never_ask":
        desk.set(ADA, no, by_subject=True)
    else:
        desk.store.forget(desk.member(ADA), state=no, by_subject=True)
    desk.consenting.agree(ADA)
    assert desk.state(ADA) == ("agreed", True)
    assert desk.store.members.find("@ada").id == desk.member(ADA)
    assert desk.store.scrubber().scrub("hi Ada Lindqvist").text == "hi <name>"


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        (GUEST, "Guests are left out"),
        (ROBOT, "A bot has no voice"),
        (DOV, "deactivated"),
        ("U0NOBODY11", "knows no such member"),
    ],
)
def test_who_cannot_be_mimicked_cannot_agree(desk, user, sentence):
    assert sentence in desk.consenting.agree(user)["text"]
    assert desk.host.welcomed == []


def test_guests_may_agree_where_they_are_included(home, fake):
    settings = Settings.alone(home).model_copy(update={"mimic_include": ("guests",)})
    with open_session(settings) as session:
        desk = Desk(session, fake)
        assert "Thank you" in desk.consenting.agree(GUEST)["text"]


def test_a_member_of_another_workspace_cannot_agree(desk, fake):
    fake.workspace.add_user("U0STRANGE1", "sam", "Sam Far", team_id="T0ELSEWHERE")
    assert "members of this workspace" in desk.consenting.agree("U0STRANGE1")["text"]


# --- no


@pytest.mark.parametrize("state", ["declined", "left"])
def test_leaving_deletes_and_says_what_was_deleted(desk, state):
    desk.consenting.agree(ADA)
    desk.write(ADA, 3)
    leave = desk.consenting.opt_out if state == "declined" else desk.consenting.leave
    receipt = leave(ADA)
    assert "3 stored messages of yours" in words(receipt)
    assert desk.state(ADA) == (state, True)
    assert list(desk.store.messages.read()) == []


def test_whoever_opted_out_already_is_only_told_so(desk):
    desk.consenting.opt_out(ADA)
    again = desk.consenting.opt_out(ADA)
    assert "You have said no" in again["text"]
    assert len(desk.store.audit.read(desk.member(ADA), event="forgotten")) == 1


def test_whoever_left_may_ask_to_be_forgotten_again(desk):
    desk.consenting.leave(ADA)
    assert "There was nothing to delete" in words(desk.consenting.leave(ADA))
    assert desk.state(ADA) == ("left", True)
    assert len(desk.store.audit.read(desk.member(ADA), event="forgotten")) == 2


def test_the_receipt_names_the_backups_by_their_days_and_not_by_their_files(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 1)
    made = [desk.store.backups.record(f"/srv/secret-{number}.zip") for number in range(2)]
    receipt = words(desk.consenting.leave(ADA))
    assert "2 backups from before may still hold your text" in receipt
    assert f"({made[0].made_at:%Y-%m-%d})" in receipt
    assert "secret" not in receipt


def test_the_receipt_says_what_else_went(desk):
    desk.consenting.agree(ADA)
    member = desk.member(ADA)
    desk.write(ADA, 1)
    voice = desk.store.voices.ensure("person", subject=member)
    run = desk.session.registry.run_folder(voice)
    CheckpointFolder(run, "x").save(Standing(), {})
    desk.store.runs.queue(f"person:{member}", requested_by=member)
    desk.store.schedules.set(f"person:{member}", "0 3 * * *", next_run_at=None)
    receipt = words(desk.consenting.leave(ADA))
    assert "your voice, with 0 versions of it" in receipt
    assert "1 unfinished training that may have learned from you" in receipt
    assert "your name in 1 run and 1 schedule" in receipt
    assert "What is left" not in receipt
    assert not run.exists()


def test_whoever_never_agreed_may_say_no_all_the_same(desk):
    receipt = desk.consenting.opt_out(ADA)
    assert "There was nothing to delete" in words(receipt)
    assert desk.state(ADA) == ("declined", True)


def test_who_learned_from_the_person_is_named_by_number_and_time(desk):
    desk.consenting.agree(ADA)
    base = desk.store.voices.ensure("base")
    version = add_version(desk.store, base, "b1", [desk.member(ADA)])
    desk.store.voices.promote([version.id])
    receipt = words(desk.consenting.leave(ADA))
    assert "1 shared voice learned from you" in receipt
    assert "UTC" in receipt


def test_not_now_leaves_the_question_open(desk):
    desk.set(ADA, "asked")
    assert "not now" in desk.consenting.not_now(ADA)["text"]
    assert desk.state(ADA) == ("asked", False)


def test_not_now_is_a_pause_where_silence_means_yes(lenient):
    lenient.write(ADA, 2)
    assert "You are paused" in lenient.consenting.not_now(ADA)["text"]
    assert lenient.state(ADA) == ("paused", True)


def test_not_now_after_a_yes_changes_nothing(desk):
    desk.consenting.agree(ADA)
    assert "You have agreed" in desk.consenting.not_now(ADA)["text"]
    assert desk.state(ADA) == ("agreed", True)


def test_never_again_is_for_good(desk):
    desk.set(ADA, "asked")
    assert "nobody can ask you again" in desk.consenting.never_ask(ADA)["text"]
    assert desk.state(ADA) == ("never_ask", True)


def test_never_again_deletes_what_silence_let_in(lenient):
    lenient.write(ADA, 2)
    lenient.consenting.never_ask(ADA)
    assert lenient.state(ADA) == ("never_ask", True)
    assert list(lenient.store.messages.read()) == []


def test_never_again_in_an_old_request_does_not_delete_a_voice(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 2)
    assert "You have agreed" in desk.consenting.never_ask(ADA)["text"]
    assert desk.state(ADA) == ("agreed", True)
    assert len(list(desk.store.messages.read())) == 2


# --- pause


def test_a_pause_is_the_persons_own_and_ends_by_their_word(desk):
    desk.consenting.agree(ADA)
    assert "You are paused: " in desk.consenting.pause(ADA)["text"]
    assert desk.state(ADA) == ("paused", True)
    desk.consenting.resume(ADA)
    assert desk.state(ADA) == ("agreed", True)


def test_a_pause_of_an_admin_is_told_as_such_and_can_be_made_ones_own(desk):
    desk.consenting.agree(ADA)
    desk.set(ADA, "paused")
    assert "paused, by an admin" in desk.consenting.status(ADA)["text"]
    desk.consenting.pause(ADA)
    assert desk.state(ADA) == ("paused", True)


@pytest.mark.parametrize("state", ["none", "asked", "declined", "left", "never_ask"])
@pytest.mark.parametrize("word", ["pause", "resume"])
def test_without_a_yes_there_is_nothing_to_pause_or_to_go_on_with(desk, state, word):
    if state != "none":
        desk.set(ADA, state, by_subject=True)
    answer = getattr(desk.consenting, word)(ADA)
    assert "/mimic optin" in words(answer)
    assert desk.state(ADA)[0] == state


def test_who_never_agreed_does_not_begin_by_going_on(desk):
    desk.set(ADA, "paused")
    assert "You have not agreed yet" in desk.consenting.resume(ADA)["text"]
    assert desk.state(ADA) == ("paused", False)


def test_a_pause_may_be_taken_where_silence_means_yes(lenient):
    lenient.consenting.pause(ADA)
    assert lenient.state(ADA) == ("paused", True)
    lenient.consenting.resume(ADA)
    assert lenient.state(ADA) == ("agreed", True)


# --- where one stands


def test_the_status_counts_what_is_learned_and_what_is_missing(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 88)
    desk.read_for(ADA)
    status = words(desk.consenting.status(ADA))
    assert "Learned from: 88 messages." in status
    assert "112 more messages needed" in status
    desk.consenting.pause(ADA)
    assert "88 messages" in words(desk.consenting.status(ADA))


def test_while_messages_are_read_nobody_says_how_many_are_missing(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 88)
    status = words(desk.consenting.status(ADA))
    assert "Learned from: 88 messages. Your voice is not made yet." in status


def test_the_status_of_a_stranger_is_that_nothing_is_stored(desk):
    assert "I store nothing" in desk.consenting.status("U0NEWHERE1")["text"]


def test_where_silence_means_yes_the_status_says_so(lenient):
    lenient.write(ADA, 1)
    assert "I do learn from what you write" in lenient.consenting.status(ADA)["text"]


def test_the_home_shows_who_used_the_voice_and_where(desk):
    channel = desk.store.channels.find("general").id
    desk.note("mimicked", ADA, by=BRAM, channel=channel, days_ago=2)
    desk.note("mimicked", ADA, by=BRAM, channel=channel, days_ago=1)
    desk.note("posted", ADA, by=BRAM, channel=channel, days_ago=1)
    desk.note("mimicked", ADA, by=CARMEN, days_ago=3)
    desk.note("mimicked", ADA, by=BRAM, channel=channel, days_ago=31)
    desk.note("mimicked", BRAM, by=CARMEN, channel=channel)
    home = str(desk.consenting.home(ADA))
    assert home.count(f"<@{BRAM}> in <#{GENERAL}>") == 2
    assert home.count("previewed, not posted") == 2
    assert home.count(": posted") == 1
    assert home.count(f"<@{CARMEN}>,") == 1
    assert "Used 3 times" in words(desk.consenting.status(ADA))


# --- asking somebody


def ask(desk, asker=BRAM, subject=ADA) -> str:
    return desk.consenting.ask(asker, subject)["text"]


def test_somebody_is_asked_by_dm_and_may_answer_there(desk):
    assert "I have asked ada" in ask(desk)
    [request] = desk.fake.dms(ADA)
    assert f"<@{BRAM}> would like to mimic" in request.words
    assert [each["action_id"] for each in request.elements] == [
        "consent_agree",
        "consent_not_now",
        "consent_never",
    ]
    assert desk.state(ADA) == ("asked", False)
    [row] = desk.store.audit.read(event="asked")
    assert (row.member, row.details) == (desk.member(ADA), {"by": desk.member(BRAM)})


def test_nobody_is_asked_twice_in_a_week_by_the_same_person(desk):
    ask(desk)
    assert "was asked lately" in ask(desk)
    assert "I have asked" in ask(desk, asker=CARMEN)
    assert len(desk.fake.dms(ADA)) == 2


def test_after_a_week_somebody_may_be_asked_again(desk):
    desk.note("asked", ADA, by=BRAM, days_ago=7.1)
    assert "I have asked" in ask(desk)


def test_after_a_not_now_nobody_asks_for_a_week(desk):
    ask(desk)
    desk.consenting.not_now(ADA)
    assert "was asked lately" in ask(desk, asker=CARMEN)
    assert len(desk.fake.dms(ADA)) == 1


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("declined", "does not want to be mimicked"),
        ("never_ask", "does not want to be mimicked"),
        ("left", "does not want to be mimicked"),
        ("paused", "takes a pause"),
        ("agreed", "has agreed already"),
    ],
)
def test_whoever_has_spoken_is_not_asked(desk, state, sentence):
    desk.set(ADA, state, by_subject=True)
    assert sentence in ask(desk)
    assert desk.fake.dms(ADA) == []
    assert desk.state(ADA)[0] == state


@pytest.mark.parametrize("subject", [GUEST, ROBOT, DOV, "U0NOBODY11", BRAM])
def test_whoever_cannot_agree_is_not_asked(desk, subject):
    ask(desk, subject=subject)
    assert desk.fake.called("chat.postMessage") == []
    assert desk.store.audit.read(event="asked") == []


def test_nobody_asks_the_whole_workspace_in_a_day(desk):
    for number in range(MOST_ASKED_A_DAY):
        user = desk.fake.workspace.add_user(f"U0NEW000{number:02}", f"new{number}", "New One")
        desk.note("asked", user["id"], by=BRAM)
    assert "many people today" in ask(desk)
    assert desk.fake.dms(ADA) == []


def test_who_cannot_be_written_to_was_not_asked(desk):
    desk.fake.state.faults.fail("chat.postMessage", "error", error="cannot_dm_bot")
    assert "could not write to ada" in ask(desk)
    assert desk.state(ADA) == ("none", False)
    assert "I have asked" in ask(desk)


def test_two_clicks_at_once_are_one_request(desk):
    clicks = [threading.Thread(target=ask, args=[desk]) for _ in range(2)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert len(desk.fake.dms(ADA)) == 1


def test_a_no_that_follows_a_yes_counts_although_slack_is_slow_with_the_yes(desk):
    desk.fake.state.faults.fail("users.info", "hang", seconds=0.3)
    yes = threading.Thread(target=desk.consenting.agree, args=[ADA])
    yes.start()
    time.sleep(0.1)  # Slack is being asked
    desk.consenting.opt_out(ADA)
    yes.join()
    assert desk.state(ADA) == ("declined", True)
