"""What people type after `/mimic`, in all the forms in which Slack hands it on."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.invocation import MOST_PARTS, parse_invocation, read_target
from bot.refusals import Refused
from bot.targets import Part, Reference

ME, ADA, BRAM, GRID = "U0MEMEMEME", "U012ABCDEF", "U012BRAMKE", "W012ABCDEF"
RANDOM = "C012RANDOM"


def parse(text):
    return parse_invocation(text, user_id=ME)


def parts(text):
    """The parts of a target, as `2/3 person U012ABCDEF`."""
    return [
        (round(part.weight, 3), part.reference.kind, part.reference.name)
        for part in parse(text).target.parts
    ]


def refusal(text):
    with pytest.raises(Refused) as refused:
        parse(text)
    return refused.value.kind


@pytest.mark.parametrize(
    "text", ["", "   ", "help", "HELP", "help me with this", "forget", "forget it"]
)
def test_help_is_shown_to_who_asks_for_it_or_types_nothing_clear(text):
    assert parse(text).word == "help"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("optin", "optin"),
        ("OptIn", "optin"),
        ("opt in", "optin"),
        ("opt-out.", "optout"),
        ("optout please", "optout"),
        ("pause", "pause"),
        ("resume", "resume"),
        ("status", "status"),
        ("forget me", "forget"),
        ("Forget  me!", "forget"),
        ("admin", "admin"),
    ],
)
def test_words_of_command_are_found_whatever_their_case(text, word):
    assert parse(text).word == word


def test_what_follows_a_word_changes_nothing():
    assert parse("admin  runs\tnow ") == parse("admin")


@pytest.mark.parametrize(
    "mention", [f"<@{ADA}>", f"<@{ADA}|ada>", f"<@{ADA}|Ada L.>", f"<@{ADA}|>", ADA]
)
def test_a_member_is_found_in_every_form_of_a_mention(mention):
    assert parts(mention) == [(1.0, "person", ADA)]
    assert parse(mention).prompt == ""


def test_members_of_a_grid_have_ids_of_their_own():
    assert parts(f"<@{GRID}|ada> hi") == [(1.0, "person", GRID)]


@pytest.mark.parametrize("mention", [f"<#{RANDOM}|random>", f"<#{RANDOM}|>", f"<#{RANDOM}>"])
def test_a_channel_is_found_in_every_form_of_a_mention(mention):
    assert parts(mention) == [(1.0, "channel", RANDOM)]


@pytest.mark.parametrize("text", ["me", "Me", "ME"])
def test_me_is_who_asks(text):
    assert parts(text) == [(1.0, "person", ME)]


def test_a_text_voice_goes_by_its_name():
    invocation = parse("Shakespeare to be")
    assert invocation.target.parts == (Part(1.0, Reference("text", "shakespeare")),)
    assert invocation.prompt == "to be"


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (f"<@{ADA}> lunch?", "lunch?"),
        (f"<@{ADA}>lunch?", "lunch?"),
        (f"<@{ADA}>: lunch?", "lunch?"),
        (f"<@{ADA}>, lunch?", "lunch?"),
        (f"<@{ADA}> :wave: hi", ":wave: hi"),
        (f"<@{ADA}> +1 from me", "+1 from me"),
        (f"<@{ADA}>\nfirst\nsecond", "first\nsecond"),
        (f"<@{ADA}> ask <@{BRAM}|bram> &amp; me", f"ask <@{BRAM}|bram> &amp; me"),
        (f"<@{ADA}> help", "help"),
    ],
)
def test_what_follows_the_target_is_the_prompt_as_slack_sent_it(text, prompt):
    assert parts(text) == [(1.0, "person", ADA)]
    assert parse(text).prompt == prompt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<@{ADA}> + <@{BRAM}> hi", [(0.5, "person", ADA), (0.5, "person", BRAM)]),
        (f"<@{ADA}|a>+<#{RANDOM}|r>", [(0.5, "person", ADA), (0.5, "channel", RANDOM)]),
        (f"2*<@{ADA}> + me", [(0.667, "person", ADA), (0.333, "person", ME)]),
        (f"2 * <@{ADA}> + me", [(0.667, "person", ADA), (0.333, "person", ME)]),
        (f"30% <@{ADA}> + shakespeare", [(0.3, "person", ADA), (0.7, "text", "shakespeare")]),
    ],
)
def test_blends_are_read_with_their_weights(text, expected):
    assert parts(text) == expected


def test_what_is_written_down_reads_the_same_again():
    invocation = parse(f"2 * <@{ADA}|ada> + <#{RANDOM}|> + Shakespeare and so on")
    assert invocation.written == f"2*{ADA} + {RANDOM} + shakespeare"
    assert read_target(invocation.written) == invocation.target


@pytest.mark.parametrize("text", ["@ada lunch?", "@ada", f"<@{ADA}> + @bram"])
def test_a_bare_name_is_not_guessed(text):
    assert refusal(text) == "bare_name"


@pytest.mark.parametrize("text", ["#random", "channel:random hi"])
def test_a_bare_channel_is_not_guessed(text):
    assert refusal(text) == "unknown_channel"


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "+",
        "<!here> hello",
        "<https://example.com> hello",
        "<!subteam^S012|@crew>",
        f"0*<@{ADA}>",
        f"30%<@{ADA}> + 2*<@{BRAM}>",
        "<@U1>",
        "<#D012ABCDEF|>",
        " + ".join([f"<@{ADA}>"] * (MOST_PARTS + 1)),
    ],
)
def test_what_is_no_target_is_said_to_be_none(text):
    assert refusal(text) == "unclear_target"


PIECES = st.sampled_from(
    ["<@U012ABCDEF>", "<@", "|ada>", "<#C012|", ">", "+", "*", "%", "2", "me", "@", " ", "\n", "x"]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=14).map("".join))
def test_any_text_is_read_or_refused(text):
    try:
        invocation = parse(text)
    except Refused:
        return
    assert (invocation.word is None) == (invocation.target is not None)


@pytest.mark.parametrize("piece", ["1", "a", "+a", "<@", "2*", " ", "<@U012ABCDEF>+"])
def test_long_text_is_read_in_no_time(piece):
    with suppress(Refused):
        parse(piece * 4_000)
