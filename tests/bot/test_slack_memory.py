"""What is remembered of Slack's word, and what never is."""

import pytest

from bot.slack_memory import FACTS_SECONDS, MEMBERS_SECONDS, MOVE_SECONDS, SlackMemory
from tests.fake_slack import ADA, BRAM, GENERAL


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def memory(clock):
    return SlackMemory(now=clock)


def test_what_people_wrote_about_a_channel_or_themselves_is_not_kept(memory):
    words = {"topic": {"value": "x"}, "purpose": {"value": "x"}, "latest": {"text": "x"}}
    memory.keep_channel(GENERAL, {"id": GENERAL, "name": "general", **words})
    assert memory.recall_channel(GENERAL) == {"id": GENERAL, "name": "general"}
    profile = {"real_name": "Ada", "display_name": "ada", "email": "x", "status_text": "x"}
    memory.keep_user(ADA, {"id": ADA, "is_bot": False, "profile": profile})
    names = {"real_name": "Ada", "display_name": "ada"}
    assert memory.recall_user(ADA) == {"id": ADA, "is_bot": False, "profile": names}


def test_everything_is_let_go_in_time(memory, clock):
    memory.keep_channel(GENERAL, {"id": GENERAL})
    memory.keep_members(GENERAL, frozenset({ADA}))
    memory.keep_user(ADA, {"id": ADA})
    clock.now = MEMBERS_SECONDS
    assert memory.recall_channel(GENERAL) is None
    assert memory.recall_members(GENERAL) is None
    assert memory.recall_user(ADA) is not None
    clock.now = FACTS_SECONDS
    assert memory.recall_user(ADA) is None


def test_a_channel_is_forgotten_with_its_members_and_a_user_alone(memory):
    memory.keep_channel(GENERAL, {"id": GENERAL})
    memory.keep_members(GENERAL, frozenset({ADA}))
    memory.keep_user(ADA, {"id": ADA})
    memory.forget_channel(GENERAL)
    assert memory.recall_channel(GENERAL) is None
    assert memory.recall_members(GENERAL) is None
    memory.forget_user(ADA)
    assert memory.recall_user(ADA) is None


def test_a_list_that_was_on_its_way_does_not_bring_back_who_left(memory, clock):
    memory.note_move(ADA, GENERAL, at="1700000001.000100", has_left=True)
    memory.keep_members(GENERAL, frozenset({ADA, BRAM}))
    assert memory.has_left(ADA, GENERAL)
    assert not memory.has_left(BRAM, GENERAL)
    clock.now = MEMBERS_SECONDS
    assert memory.has_left(ADA, GENERAL)  # that list may have come a moment later
    clock.now = MOVE_SECONDS
    assert not memory.has_left(ADA, GENERAL)


@pytest.mark.parametrize("last_left", [True, False])
@pytest.mark.parametrize("is_late", [True, False])
def test_the_later_of_two_moves_counts_whichever_is_heard_first(memory, last_left, is_late):
    moves = [("1700000001.000100", not last_left), ("1700000002.000100", last_left)]
    for at, has_left in reversed(moves) if is_late else moves:
        memory.note_move(ADA, GENERAL, at=at, has_left=has_left)
    assert memory.has_left(ADA, GENERAL) is last_left
