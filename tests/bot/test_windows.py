"""What Slack tells of a thread, before it is read."""

import pytest

from bot.windows import may_hold

OURS = frozenset({"U0ADA", "U0BRAM"})


@pytest.mark.parametrize(
    ("root", "is_possible"),
    [
        ({"reply_users": ["U0BRAM", "U0CARMEN"], "reply_users_count": 2}, True),
        ({"reply_users": ["U0CARMEN", "B0ROBOT"], "reply_users_count": 2}, False),
        ({"reply_users": ["U0CARMEN"], "reply_users_count": 2}, True),
        ({"reply_users": ["U0CARMEN"]}, True),
        ({"reply_users_count": 1}, True),
        ({}, True),
        ({"reply_users": [], "reply_users_count": 0}, True),
        ({"reply_users": None, "reply_users_count": 0}, True),
        ({"reply_users": [{"id": "U0CARMEN"}], "reply_users_count": 1}, False),
        ({"reply_users": ["U0CARMEN"], "reply_users_count": "1"}, True),
    ],
)
def test_only_a_whole_list_of_others_rules_a_thread_out(root, is_possible):
    assert may_hold(root, OURS) == is_possible


def test_where_everybody_counts_every_thread_does():
    assert may_hold({"reply_users": ["U0CARMEN"], "reply_users_count": 1}, None)
