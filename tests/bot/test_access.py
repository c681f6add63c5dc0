"""Who may hear which voice, and every reason why not."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.access import Access, Subject
from bot.errors import SlackError
from bot.refusals import Refused
from bot.session import open_session
from bot.settings import Settings
from bot.slack import Slack
from bot.targets import parse_target
from tests.bot.slack_bench import (
    ADA,
    BRAM,
    CARMEN,
    DOV,
    ENGINEERING,
    GENERAL,
    GRETA,
    SCARECROW,
    TEAM,
    build_workspace,
    lend_voice,
    open_channel,
)
from tests.fake_slack import BOT, FakeSlack

SECRET = "G06SECRET01"
NOW = partial(datetime.now, UTC)


class Door:
    """An access check with everything around it."""

    def __init__(self, session, fake):
        self.session, self.store, self.fake = session, session.store, fake
        self.include = ()
        self.later = timedelta()

    def access(self):
        slack = Slack(self.fake.client())
        return Access(self.store, slack, include=self.include, now=lambda: NOW() + self.later)

    def check(self, target, *, by=BRAM, team=TEAM):
        return self.access().check(parse_target(target), requester_id=by, team_id=team)

    def refuse(self, target, **more):
        with pytest.raises(Refused) as refused:
            self.check(target, **more)
        return refused.value

    def member(self, user_id):
        return self.store.members.ensure(user_id, team_id=TEAM).id


@pytest.fixture
def door(speaking, sample):
    alone = Settings.alone(speaking)
    with FakeSlack(build_workspace(sample)) as fake, open_session(alone) as session:
        yield Door(session, fake)


# --- who may be heard


def test_who_has_agreed_and_has_a_voice_may_be_heard(door):
    grant = door.check(ADA)
    assert grant.name == "Ada"
    assert grant.people == (Subject(door.member(ADA), ADA),)
    assert grant.private == ()


def test_a_blend_is_named_by_its_parts(door):
    assert door.check(f"{ADA} + {BRAM}").name == "Ada + Bram"
    grant = door.check(f"3*{ADA} + {BRAM}")
    assert grant.name == "75% Ada + 25% Bram"
    assert [person.user_id for person in grant.people] == [ADA, BRAM]


def test_one_person_twice_in_a_blend_is_one_person(door):
    assert len(door.check(f"{ADA} + {ADA}").people) == 1


def test_the_workspaces_own_voice_may_be_heard(door):
    grant = door.check("base")
    assert (grant.name, grant.people) == ("base", ())


def test_a_text_may_be_heard(door):
    lend_voice(door.session, "text", name="shakespeare")
    assert door.check("shakespeare").name == "shakespeare"


def test_a_public_channel_may_be_heard_by_anybody(door):
    channel = door.store.channels.find(GENERAL)
    lend_voice(door.session, "channel", subject=channel.id)
    door.fake.workspace.channel(GENERAL).members.remove(BRAM)
    grant = door.check(GENERAL)
    assert (grant.name, grant.private) == ("#general", ())


def test_the_name_is_the_one_that_slack_shows_now(door):
    door.fake.workspace.users[ADA]["profile"]["display_name"] = "Countess"
    assert door.check(ADA).name == "Countess"


# --- people who may not


def test_nobody_of_that_id_is_unknown(door):
    assert door.refuse("U0NOBODY1").kind == "unknown_member"


def test_who_has_not_agreed_can_be_asked(door):
    door.store.members.register([new_user("U06NEWCOMER")], team_id=TEAM)
    door.fake.workspace.users["U06NEWCOMER"] = new_user("U06NEWCOMER")
    refused = door.refuse("U06NEWCOMER")
    assert (refused.kind, refused.may_ask, refused.subject_id) == (
        "not_agreed",
        True,
        "U06NEWCOMER",
    )
    assert refused.name == "Nova"


def test_of_whom_nothing_is_known_can_be_asked_and_is_not_noted(door):
    door.fake.workspace.users["U06NEWCOMER"] = new_user("U06NEWCOMER")
    before = len(door.store.members.list())
    refused = door.refuse("U06NEWCOMER")
    assert (refused.kind, refused.may_ask) == ("not_agreed", True)
    assert len(door.store.members.list()) == before


def test_who_was_asked_already_has_not_agreed(door):
    member = door.member(ADA)
    door.store.consent.set(member, "asked", actor="member")
    assert door.refuse(ADA).kind == "not_agreed"


@pytest.mark.parametrize("state", ["declined", "never_ask", "left"])
def test_who_said_no_is_not_to_be_asked(door, state):
    door.store.consent.set(door.member(ADA), state, actor="subject", by_subject=True)
    refused = door.refuse(ADA)
    assert (refused.kind, refused.may_ask) == ("declined", False)


def test_who_takes_a_pause_is_silent(door):
    door.store.consent.revoke(door.member(ADA), actor="subject", by_subject=True)
    assert door.refuse(ADA).kind == "paused"
    assert door.refuse(f"{BRAM} + {ADA}").kind == "paused"


def test_ones_own_refusal_is_told_as_ones_own(door):
    door.store.consent.revoke(door.member(ADA), actor="subject", by_subject=True)
    message = door.refuse(ADA, by=ADA).build_message(requester_id=ADA)
    assert message["text"].startswith("Your voice takes a pause.")


@pytest.mark.parametrize("user_id", [BOT, SCARECROW, "USLACKBOT"])
def test_bots_have_no_voice(door, user_id):
    assert door.refuse(user_id).kind == "bot_member"


def test_who_was_deactivated_is_silent(door):
    refused = door.refuse(GRETA)
    assert (refused.kind, refused.name) == ("deactivated", "Greta")


def test_who_was_deactivated_just_now_is_silent(door):
    door.fake.workspace.users[ADA]["deleted"] = True
    assert door.refuse(ADA).kind == "deactivated"


@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted"])
def test_guests_have_no_voice_unless_they_are_included(door, flag):
    door.fake.workspace.users[ADA][flag] = True
    assert door.refuse(ADA).kind == "guest"
    door.include = ("guests",)
    assert door.check(ADA)


def test_a_stranger_of_another_workspace_has_no_voice(door):
    door.fake.workspace.users[ADA]["team_id"] = "T0ELSEWHERE"
    assert door.refuse(ADA).kind == "foreign_team"


def test_somebody_of_another_workspace_hears_nobody(door):
    assert door.refuse(ADA, team="T0ELSEWHERE").kind == "foreign_team"


def test_with_too_little_text_the_missing_number_is_told(door):
    door.store.members.register([new_user("U06NEWCOMER")], team_id=TEAM)
    door.fake.workspace.users["U06NEWCOMER"] = new_user("U06NEWCOMER")
    door.store.consent.grant([door.member("U06NEWCOMER")], actor="operator")
    refused = door.refuse("U06NEWCOMER")
    assert (refused.kind, refused.missing) == ("too_little_text", 200)


def test_while_somebodys_history_is_read_nobody_counts_their_messages(door):
    door.store.members.register([new_user("U06NEWCOMER")], team_id=TEAM)
    door.fake.workspace.users["U06NEWCOMER"] = new_user("U06NEWCOMER")
    member = door.member("U06NEWCOMER")
    door.store.consent.grant([member], actor="subject", by_subject=True)
    assert door.refuse("U06NEWCOMER").kind == "still_reading"
    crawl = door.store.crawls.begin(members=[member], since_ts="", until_ts="1700000000.000000")
    assert door.refuse("U06NEWCOMER").kind == "still_reading"
    door.store.crawls.finish(crawl.id)
    assert door.refuse("U06NEWCOMER").kind == "too_little_text"


def test_who_agreed_elsewhere_is_read_for_while_a_crawl_is_under_way(door):
    door.store.members.register([new_user("U06NEWCOMER")], team_id=TEAM)
    door.fake.workspace.users["U06NEWCOMER"] = new_user("U06NEWCOMER")
    member = door.member("U06NEWCOMER")
    door.store.consent.grant([member], actor="operator")
    door.store.crawls.begin(members=[member], since_ts="", until_ts="1700000000.000000")
    assert door.refuse("U06NEWCOMER").kind == "still_reading"


def test_with_enough_text_and_no_voice_yet_it_is_still_to_be_trained(door):
    assert door.refuse(CARMEN).kind == "still_training"


def test_where_silence_is_enough_a_newcomer_has_too_little_text(speaking, sample):
    with FakeSlack(build_workspace(sample)) as fake:
        fake.workspace.users["U06NEWCOMER"] = new_user("U06NEWCOMER")
        settings = Settings.alone(speaking).model_copy(update={"mimic_consent": "opt-out"})
        with open_session(settings) as session:
            assert Door(session, fake).refuse("U06NEWCOMER").kind == "too_little_text"


def test_a_voice_that_learned_from_who_left_long_ago_is_silent(door):
    door.store.forget(door.member(DOV), state="left")
    door.later = timedelta(days=2)
    assert door.refuse("base").kind == "still_training"


def test_a_voice_that_learned_from_who_left_today_still_speaks(door):
    door.store.forget(door.member(DOV), state="left")
    assert door.check("base")


# --- channels


def test_a_private_channel_is_heard_by_its_members_alone(door):
    open_channel(door.session, door.fake, SECRET, [ADA, BOT], is_private=True)
    grant = door.check(SECRET, by=ADA)
    assert (grant.name, grant.private) == ("#secret", (SECRET,))
    refused = door.refuse(SECRET, by=BRAM)
    assert (refused.kind, refused.name) == ("private_channel", "")


def test_a_private_channel_in_a_blend_is_heard_by_its_members_alone(door):
    open_channel(door.session, door.fake, SECRET, [ADA, BOT], is_private=True)
    assert door.refuse(f"{ADA} + {SECRET}", by=BRAM).kind == "private_channel"


def test_who_has_left_a_private_channel_no_longer_hears_it(door):
    open_channel(door.session, door.fake, SECRET, [ADA, BRAM, BOT], is_private=True)
    assert door.check(SECRET, by=BRAM)
    door.fake.workspace.channel(SECRET).members.remove(BRAM)
    assert door.refuse(SECRET, by=BRAM).kind == "private_channel"


def test_a_private_channel_that_the_bot_cannot_see_is_heard_by_nobody(door):
    open_channel(door.session, door.fake, SECRET, [ADA, BOT], is_private=True)
    door.fake.workspace.channel(SECRET).members.remove(BOT)
    assert door.refuse(SECRET, by=ADA).kind == "private_channel"


def test_a_channel_made_private_after_it_was_read_is_private(door):
    open_channel(door.session, door.fake, SECRET, [ADA, BOT])
    door.fake.workspace.channel(SECRET).facts["is_private"] = True
    assert door.refuse(SECRET, by=BRAM).kind == "private_channel"


def test_where_slack_does_not_say_who_is_in_it_nobody_hears_a_private_channel(door):
    open_channel(door.session, door.fake, SECRET, [ADA, BOT], is_private=True)
    door.fake.state.faults.fail("conversations.members", "error", error="fatal_error", times=9)
    with pytest.raises(SlackError):
        door.check(SECRET, by=ADA)


def test_a_channel_shared_with_another_workspace_has_no_voice(door):
    open_channel(door.session, door.fake, "C06SHARED01", [BRAM, BOT], is_ext_shared=True)
    assert door.refuse("C06SHARED01").kind == "foreign_team"
    door.include = ("connect",)
    assert door.check("C06SHARED01")


def test_a_channel_of_another_workspace_has_no_voice(door):
    open_channel(door.session, door.fake, "C06SHARED01", [BRAM, BOT], context_team_id="T0ELSEWHERE")
    assert door.refuse("C06SHARED01").kind == "foreign_team"


def test_a_channel_that_nobody_knows_is_unknown(door):
    assert door.refuse("C0NOWHERE1").kind == "unknown_channel"


def test_a_channel_that_was_not_read_yet_is_unknown(door):
    door.fake.workspace.add_channel("C06NEW0001", "new", [BRAM])
    assert door.refuse("C06NEW0001").kind == "unknown_channel"


def test_a_channel_with_too_little_text_says_what_is_missing(door):
    door.fake.workspace.add_channel("C06NEW0001", "new", [BRAM, BOT])
    raw = door.fake.workspace.channel("C06NEW0001").facts
    door.store.channels.register([raw], team_id=TEAM, kind="public")
    refused = door.refuse("C06NEW0001")
    assert (refused.kind, refused.missing, refused.name) == ("too_little_text", 200, "#new")


@pytest.mark.parametrize(
    ("target", "kind"),
    [("mine", "still_training"), ("all", "still_training"), ("", "no_such_voice")],
)
def test_a_channel_without_a_voice_is_being_trained_or_has_none(door, target, kind):
    channel = door.store.channels.find(ENGINEERING)
    if target:
        door.store.runs.queue(target.replace("mine", f"channel:{channel.id}"))
    assert door.refuse(ENGINEERING).kind == kind


# --- texts


def test_a_text_that_was_never_learned_has_no_voice(door):
    assert door.refuse("shakespeare").kind == "no_such_voice"


# --- when Slack does not answer


def test_who_is_known_can_be_heard_while_slack_is_silent(door):
    access = door.access()
    access.check(parse_target("base"), requester_id=BRAM, team_id=TEAM)  # so that Slack is known
    door.fake.state.faults.fail("users.info", "error", error="fatal_error", times=9)
    target = parse_target(ADA)
    assert access.check(target, requester_id=BRAM, team_id=TEAM).name == "Ada"
    with pytest.raises(SlackError):
        access.check(parse_target("U0NOBODY1"), requester_id=BRAM, team_id=TEAM)


def test_slack_is_not_asked_about_the_same_person_every_time(door):
    access = door.access()
    for _ in range(5):
        access.check(parse_target(ADA), requester_id=BRAM, team_id=TEAM)
    assert len(door.fake.called("users.info")) == 1


def new_user(user_id):
    profile = {"display_name": "Nova", "real_name": "Nova Lindgren"}
    return {"id": user_id, "team_id": TEAM, "name": "nova", "deleted": False, "profile": profile}
