"""The judge of Slack's limits: it must see what Slack would refuse."""

import copy

import pytest

from tests.bot.views.limits import violations

TEXT = {"type": "plain_text", "text": "hi", "emoji": True}
BUTTON = {"type": "button", "text": TEXT, "action_id": "go", "value": "1"}
CONFIRM = {"title": TEXT, "text": TEXT, "confirm": TEXT, "deny": TEXT}
OPTION = {"text": TEXT, "value": "a"}
MENU = {"type": "static_select", "action_id": "pick", "options": [OPTION]}


def make_message(*blocks, text="hi"):
    return {"text": text, "blocks": list(blocks)}


def make_section(text, kind="mrkdwn"):
    return {"type": "section", "text": {"type": kind, "text": text}}


def make_actions(*elements, **more):
    return {"type": "actions", "elements": list(elements), **more}


SOUND = [
    make_message(make_section("x" * 3_000)),
    make_message(make_actions({**BUTTON, "confirm": CONFIRM}, {**MENU, "initial_option": OPTION})),
    make_message({"type": "header", "text": TEXT}, {"type": "divider"}),
    make_message({"type": "context", "elements": [TEXT]}),
    make_message(
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "words"}]}
            ],
        }
    ),
    {"type": "home", "blocks": [make_section("hello <@U06ADALIND>")] * 100},
]
REFUSED = {
    "no blocks": make_message(),
    "51 blocks": make_message(*[{"type": "divider"}] * 51),
    "101 blocks": {"type": "home", "blocks": [{"type": "divider"}] * 101},
    "no text for the notification": make_message({"type": "divider"}, text=" "),
    "text of 4001": make_message({"type": "divider"}, text="x" * 4_001),
    "text of 2000": make_message({"type": "divider"}, text="€" * 2_000),
    "blocks with 15000 characters": make_message(*[make_section("x" * 3_000)] * 5),
    "view of": {"type": "home", "blocks": [make_section("\u4e00" * 3_000)] * 20},
    "no JSON": make_message(make_section("\ud83d", "plain_text")),
    "a text of 3001": make_message(make_section("x" * 3_001)),
    "a text of 3002": make_message(make_section("\U0001f600" * 1_501)),
    "an empty text": make_message(make_section(" ")),
    "no text object": make_message({"type": "section", "text": "hi"}),
    "a section without": make_message({"type": "section"}),
    "a text object with": make_message(
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}
    ),
    "markup where": make_message({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
    "a text of 151": make_message({"type": "header", "text": {**TEXT, "text": "x" * 151}}),
    "unknown kind": make_message({"type": "heading", "text": TEXT}),
    "11 elements": make_message({"type": "context", "elements": [TEXT] * 11}),
    "0 elements": make_message(make_actions()),
    "a context with 'button'": make_message({"type": "context", "elements": [BUTTON]}),
    "'image' is not allowed": make_message(make_actions({"type": "image"})),
    "action_id 'go' twice": make_message(make_actions(BUTTON, BUTTON)),
    "block_id 'a' twice": make_message(*[make_actions(BUTTON, block_id="a")] * 2),
    "no block_id": make_message(make_actions(BUTTON, block_id="x" * 256)),
    "no action_id": make_message(make_actions({**BUTTON, "action_id": ""})),
    "value of 2001": make_message(make_actions({**BUTTON, "value": "x" * 2_001})),
    "address of": make_message(make_actions({**BUTTON, "url": "x" * 3_001})),
    "a button in style": make_message(make_actions({**BUTTON, "style": "green"})),
    "a text of 76": make_message(make_actions({**BUTTON, "text": {**TEXT, "text": "x" * 76}})),
    "a text of 301": make_message(
        make_actions({**BUTTON, "confirm": {**CONFIRM, "text": {**TEXT, "text": "x" * 301}}})
    ),
    "101 options": make_message(
        make_actions({**MENU, "options": [{**OPTION, "value": str(n)} for n in range(101)]})
    ),
    "an option's value of 151": make_message(
        make_actions({**MENU, "options": [{**OPTION, "value": "x" * 151}]})
    ),
    "an option's value twice": make_message(make_actions({**MENU, "options": [OPTION] * 2})),
    "the first option": make_message(
        make_actions({**MENU, "initial_option": {**OPTION, "value": "b"}})
    ),
    "an empty rich": make_message(
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}
    ),
    "a live ping": make_message(make_section("<!here> hello")),
    "a live ping by broadcast": make_message(
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "broadcast"}]}],
        }
    ),
    "unknown surface": {"type": "tab", "blocks": [{"type": "divider"}]},
}


@pytest.mark.parametrize("payload", SOUND)
def test_what_slack_takes_has_no_violations(payload):
    before = copy.deepcopy(payload)
    assert violations(payload) == []
    assert payload == before


@pytest.mark.parametrize("problem", REFUSED)
def test_what_slack_refuses_is_named(problem):
    assert any(found for found in violations(REFUSED[problem]) if problem in found)


def test_a_person_may_be_shown_to_one_reader_but_not_pinged_in_a_post():
    message = make_message(make_section("<@U06ADALIND> asks"))
    assert violations(message) == []
    assert violations(message, is_post=True) == ["a live ping"]


def test_the_notification_of_a_post_pings_nobody_either():
    message = make_message(make_section("fine"), text="hello <@U06ADALIND>")
    assert violations(message, is_post=True) == ["a live ping"]
