from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import ids
from bot.views.consent import StatusFacts
from bot.views.home import HomeFacts, Use, build_home
from tests.bot.views.limits import violations
from tests.bot.views.reading import find_actions, find_elements, read
from tests.bot.views.strange import moments, numbers, texts, user_ids
from tests.bot.views.test_consent import STATES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
uses = st.builds(Use, user_ids | texts, st.none() | texts, moments, st.booleans())


def make_facts(state="agreed", *, uses=(), is_opt_out=False):
    status = StatusFacts(
        state, messages=660, version=2, made_at=NOON, uses=len(uses), is_opt_out=is_opt_out
    )
    return HomeFacts(status, uses)


def make_use(hours=0, **changes):
    return Use(
        **{"by": "U06BRAMKES", "channel": "C06GENERAL1", "is_posted": True, **changes},
        at=NOON - timedelta(hours=hours),
    )


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("none", {ids.HOME_OPTIN}),
        ("asked", {ids.HOME_OPTIN}),
        ("agreed", {ids.HOME_PAUSE, ids.HOME_LEAVE}),
        ("paused", {ids.HOME_RESUME, ids.HOME_LEAVE}),
        ("declined", {ids.HOME_OPTIN}),
        ("never_ask", {ids.HOME_OPTIN}),
        ("left", {ids.HOME_OPTIN}),
    ],
)
def test_each_state_offers_what_can_be_done_in_it(state, offered):
    assert find_actions(build_home(make_facts(state))) == offered


def test_where_silence_means_yes_one_can_leave_without_having_agreed():
    view = build_home(make_facts("none", is_opt_out=True))
    assert find_actions(view) == {ids.HOME_OPTIN, ids.HOME_LEAVE}
    assert "so I do learn from what you write" in read(view)


def test_leaving_asks_first():
    buttons = find_elements(build_home(make_facts()))
    assert [button["action_id"] for button in buttons if "confirm" in button] == [ids.HOME_LEAVE]


def test_the_voice_is_shown_with_its_version_and_date():
    words = read(build_home(make_facts()))
    assert "Learned from: 660 messages. Voice: version 2, made <!date^" in words
    assert "2026-03-01 12:00 UTC" in words


def test_nothing_is_said_of_a_voice_where_nothing_is_kept():
    assert "Learned from" not in read(build_home(make_facts("left")))


def test_uses_say_who_where_when_and_whether_it_was_posted_newest_first():
    view = build_home(make_facts(uses=(make_use(5, is_posted=False), make_use(1))))
    lines = [line for line in read(view).splitlines() if line.startswith("•")]
    assert lines[0].startswith("• <@U06BRAMKES> in <#C06GENERAL1>, <!date^")
    assert lines[0].endswith("2026-03-01 11:00 UTC>: posted")
    assert lines[1].endswith(": previewed, not posted")


def test_a_use_in_a_place_unknown_or_private_to_two_names_no_channel():
    view = build_home(make_facts(uses=(make_use(channel=None), make_use(channel="D06DIRECT1"))))
    assert "• <@U06BRAMKES>, <!date" in read(view)
    assert "in a direct message" in read(view)


def test_no_use_is_told_as_such():
    assert "Nobody has." in read(build_home(make_facts()))


def test_a_thousand_uses_fit_and_the_rest_is_counted():
    view = build_home(make_facts(uses=tuple(make_use(hour) for hour in range(1_000))))
    assert violations(view) == []
    assert "and 800 more times" in read(view)


@given(
    st.builds(
        HomeFacts,
        st.builds(
            StatusFacts,
            st.sampled_from(STATES),
            messages=numbers,
            missing=numbers,
            version=st.none() | numbers,
            made_at=st.none() | moments,
            is_opt_out=st.booleans(),
        ),
        st.lists(uses, max_size=5).map(tuple),
    )
)
def test_any_home_keeps_slacks_limits(facts):
    assert violations(build_home(facts)) == []
