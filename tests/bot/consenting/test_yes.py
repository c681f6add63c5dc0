"""A yes: whose it is, and who cannot say it."""

import pytest

from bot.session import open_session
from bot.settings import Settings
from tests.bot.consenting.desk import Desk
from tests.fake_slack import ADA, DOV, GUEST, ROBOT


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


def test_guests_may_agree_where_they_are_included(opened, fake):
    settings = Settings.alone(opened).model_copy(update={"mimic_include": ("guests",)})
    with open_session(settings) as session:
        desk = Desk(session, fake)
        assert "Thank you" in desk.consenting.agree(GUEST)["text"]


def test_a_member_of_another_workspace_cannot_agree(desk, fake):
    fake.workspace.add_user("U0STRANGE1", "sam", "Sam Far", team_id="T0ELSEWHERE")
    assert "members of this workspace" in desk.consenting.agree("U0STRANGE1")["text"]
