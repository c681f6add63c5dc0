"""`/mimic`, typed by people in a Slack."""

import logging
import threading

import pytest

from bot.listeners.drafting import MOST_DRAWS
from bot.refusals import RefusalKind
from bot.safety import Safety
from bot.views.refusals import build_refusal
from tests.bot.slack_bench import (
    ADA,
    BRAM,
    CARMEN,
    GENERAL,
    GRETA,
    SCARECROW,
    TEAM,
    lend_voice,
    open_bench,
    open_channel,
)
from tests.fake_slack import BOT

SECRET = "G06SECRET01"
BUTTONS = ["preview_post", "preview_shuffle", "preview_discard"]


def buttons(shown):
    return [each["action_id"] for each in shown.elements]


def sentence(kind: RefusalKind, **facts) -> str:
    return build_refusal(kind, **facts)["text"]


# --- a preview


def test_a_preview_is_shown_to_who_asked_alone(bench):
    preview = bench.ask(f"<@{ADA}>")
    assert (preview.via, preview.user_id, preview.channel_id) == ("response_url", BRAM, GENERAL)
    assert preview.text.startswith("Generated in the style of Ada.")
    assert buttons(preview) == BUTTONS
    assert bench.slack.posts == []


def test_a_preview_is_noted_for_the_person_with_who_asked_and_where(bench):
    bench.ask(f"<@{ADA}>")
    [row] = bench.audit("mimicked")
    channel = bench.store.channels.find(GENERAL).id
    assert row.details == {"by": bench.member(BRAM), "channel": channel}


def test_a_blend_is_noted_for_each_person_in_it(bench):
    preview = bench.ask(f"<@{ADA}|ada> + 3*<@{BRAM}>", user=CARMEN)
    assert "25% Ada + 75% Bram" in preview.text
    assert len(bench.audit("mimicked", ADA)) == len(bench.audit("mimicked", BRAM)) == 1


def test_in_a_channel_that_nobody_read_the_place_is_noted_as_none(bench):
    bench.slack.workspace.add_channel("C06NEW0001", "new", [BRAM, ADA])
    bench.ask(f"<@{ADA}>", channel="C06NEW0001")
    assert bench.audit("mimicked")[0].details["channel"] == 0


def test_the_prompt_is_shown_as_the_requesters_and_not_as_the_subjects(bench):
    preview = bench.ask(f"<@{ADA}> lunch, then <@{BRAM}|bram> &amp; I")
    assert "lunch, then @bram & I" in preview.words
    body = [block for block in preview.blocks if block["type"] == "section"]
    assert body
    assert not any(block["text"]["text"].startswith("lunch") for block in body)


def test_one_can_hear_oneself(bench):
    assert "in the style of Bram" in bench.ask("me hello", user=BRAM).text


def test_a_text_and_the_workspace_can_be_heard(bench):
    lend_voice(bench.session, "text", name="shakespeare")
    assert "in the style of shakespeare" in bench.ask("shakespeare to be").text
    assert "in the style of base" in bench.ask("base").text


def test_a_private_channels_member_hears_its_voice(bench):
    open_channel(bench.session, bench.slack, SECRET, [ADA, BOT], is_private=True)
    assert "in the style of #secret" in bench.ask(f"<#{SECRET}|>", user=ADA).text


def test_requests_are_counted(bench):
    bench.ask(f"<@{ADA}>")
    bench.ask(f"<@{GRETA}>")
    bench.settle()
    shown = bench.services.metrics.render().decode()
    assert 'mimic_requests_total{outcome="answered"} 1.0' in shown
    assert 'mimic_requests_total{outcome="refused"} 1.0' in shown


# --- words


@pytest.mark.parametrize("text", ["", "help"])
def test_help_is_shown(bench, text):
    assert bench.ask(text).text == "How to use /mimic"


def test_admins_are_shown_more_help(bench):
    assert "For admins" not in bench.ask("help", user=BRAM).words
    assert "For admins" in bench.ask("help", user=CARMEN).words


def test_words_about_ones_consent_are_answered(bench):
    assert bench.ask("pause", user=ADA).is_ephemeral
    assert "pause" in bench.ask("status", user=ADA).words
    assert bench.ask(f"<@{ADA}>").text == sentence("paused", name="Ada")


def test_asking_for_help_never_has_to_wait(speaking, fake_slack):
    with open_bench(speaking, fake_slack, mimic_cooldown_seconds=60.0) as bench:
        bench.ask(f"<@{ADA}>")
        assert bench.ask("help").text == "How to use /mimic"


# --- refusals: each by its own sentence, for who asked alone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U0NOBODY1>", sentence("unknown_member")),
        ("<#C0NOWHERE1|nowhere>", sentence("unknown_channel")),
        ("shakespeare", sentence("no_such_voice")),
        ("@ada lunch?", sentence("bare_name")),
        ("<!here>", sentence("unclear_target")),
        (f"<@{BOT}>", sentence("bot_member")),
        (f"<@{SCARECROW}>", sentence("bot_member")),
        (f"<@{GRETA}>", sentence("deactivated", name="Greta")),
        (f"<@{CARMEN}>", sentence("still_training", name="Carmen")),
        (f"<@{ADA}> oh shit", sentence("bad_words")),
    ],
)
def test_every_refusal_says_why_to_who_asked(bench, text, expected):
    shown = bench.ask(text)
    assert shown.text == expected
    assert shown.is_ephemeral
    assert bench.slack.posts == []
    assert bench.store.audit.read(event="mimicked") == []


def test_who_has_not_agreed_can_be_asked_by_a_button(bench):
    bench.store.consent.set(bench.member(ADA), "asked", actor="member")
    shown = bench.ask(f"<@{ADA}>")
    assert shown.text == sentence("not_agreed", name="Ada")
    assert [(each["action_id"], each["value"]) for each in shown.elements] == [("consent_ask", ADA)]


def test_who_said_no_is_not_offered_to_be_asked(bench):
    bench.store.consent.set(bench.member(ADA), "never_ask", actor="subject", by_subject=True)
    shown = bench.ask(f"<@{ADA}>")
    assert (shown.text, shown.elements) == (sentence("declined", name="Ada"), [])


def test_with_too_little_text_the_missing_number_is_told(bench):
    user = {"id": "U06NEWCOMER", "team_id": TEAM, "name": "nova", "deleted": False}
    user |= {"profile": {"display_name": "Nova"}}
    bench.slack.workspace.users["U06NEWCOMER"] = user
    bench.store.consent.grant([bench.member("U06NEWCOMER")], actor="operator")
    assert bench.ask("<@U06NEWCOMER>").text.startswith("200 more messages needed before Nova")
    assert bench.ask("me", user="U06NEWCOMER").text.startswith(
        "200 more messages needed before you"
    )


def test_a_private_channels_voice_is_not_for_others_and_its_name_neither(bench):
    open_channel(bench.session, bench.slack, SECRET, [ADA, BOT], is_private=True)
    for text in (f"<#{SECRET}|secret>", f"<@{ADA}> + <#{SECRET}|>", SECRET):
        shown = bench.ask(text, user=BRAM)
        assert shown.text == sentence("private_channel")
        assert "secret" not in shown.words


def test_somebody_of_another_workspace_is_refused(bench):
    parcel = bench.slack.build_command(f"<@{ADA}>", user=BRAM, channel=GENERAL)
    parcel.payload["team_id"] = "T0ELSEWHERE"
    bench.slack.deliver(parcel)
    [shown] = bench.slack.wait_for(lambda: bench.slack.ephemerals)
    assert shown.text == sentence("foreign_team")


def test_a_voice_that_is_damaged_waits_for_the_next_training(bench):
    for path in bench.session.registry.folder.glob("*/conditioning.safetensors"):
        path.write_bytes(b"nothing")
    assert bench.ask(f"<@{ADA}>").text == sentence("still_training")


def test_a_word_of_ones_own_list_is_refused_in_a_prompt(speaking, fake_slack, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("turnip\n", "utf-8")
    with open_bench(speaking, fake_slack, mimic_word_list=str(words)) as bench:
        assert bench.ask(f"<@{ADA}> you turnip").text == sentence("bad_words")
    with open_bench(speaking, fake_slack, mimic_word_list="off") as bench:
        assert buttons(bench.ask(f"<@{ADA}> you turnip")) == BUTTONS


class Strict(Safety):
    """Finds every word bad, and counts how often it was asked about one."""

    looks = 0

    def has_bad_word(self, *texts):
        self.looks += any(texts)
        return any(texts)


def test_a_voice_that_says_nothing_but_bad_words_is_drawn_thrice_and_not_heard(
    speaking, fake_slack
):
    safety = Strict()
    with open_bench(speaking, fake_slack, safety=safety) as bench:
        assert bench.ask(f"<@{ADA}>").text == sentence("bad_words")
        assert safety.looks == MOST_DRAWS
        assert bench.audit("mimicked") == []


# --- haste


def test_who_asks_too_fast_is_told_to_wait_alone(speaking, fake_slack):
    with open_bench(speaking, fake_slack, mimic_cooldown_seconds=60.0) as bench:
        assert buttons(bench.ask(f"<@{ADA}>")) == BUTTONS
        shown = bench.ask(f"<@{ADA}>")
        assert shown.is_ephemeral
        assert shown.text.startswith("That was quick! Try again in ")
        assert buttons(bench.ask(f"<@{ADA}>", user=CARMEN)) == BUTTONS


def test_admins_wait_like_everybody(speaking, fake_slack):
    with open_bench(speaking, fake_slack, mimic_cooldown_seconds=60.0) as bench:
        bench.ask(f"<@{ADA}>", user=CARMEN)
        assert bench.ask(f"<@{ADA}>", user=CARMEN).text.startswith("That was quick!")


def test_a_studio_that_is_full_says_so(bench):
    bench.services.studio.close(5)
    assert bench.ask(f"<@{ADA}>").text == sentence("busy")


# --- what comes twice, and what comes slowly


def test_a_command_is_acknowledged_while_slack_is_slow(bench):
    bench.slack.state.faults.fail("users.info", "hang", seconds=2.0)
    answer = bench.slack.command(f"<@{ADA}>", user=BRAM, channel=GENERAL)
    assert answer.is_acked
    assert answer.seconds < 2.0  # before Slack said who asks
    assert bench.slack.wait_for(lambda: bench.slack.shown_for(answer))


@pytest.mark.slow
def test_many_at_once_are_all_acknowledged_and_answered_once(bench):
    answers = []

    def ask():
        answers.append(bench.slack.command(f"<@{ADA}>", user=BRAM, channel=GENERAL))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer.is_acked for answer in answers)
    assert max(answer.seconds for answer in answers) < 3
    bench.slack.wait_for(lambda: all(map(bench.slack.shown_for, answers)))
    bench.settle()
    assert [len(bench.slack.shown_for(answer)) for answer in answers] == [1] * 40
    assert len(bench.audit("mimicked")) == 40


def test_a_failure_is_told_by_a_number_and_quotes_nobody(bench, caplog):
    caplog.set_level(logging.DEBUG)
    bench.slack.state.faults.fail("users.info", "error", error="fatal_error", times=99)
    shown = bench.ask("<@U0NOBODY1> the blue lamp")
    assert shown.text.startswith("Something went wrong on my side.")
    [record] = [each for each in caplog.records if hasattr(each, "request")]
    assert shown.text.endswith(record.request)
    assert "blue lamp" not in caplog.text
    assert "U0NOBODY1" not in caplog.text


def test_a_response_url_that_fails_is_noted_and_ends_nothing_else(bench, caplog):
    parcel = bench.slack.build_command(f"<@{ADA}>", user=BRAM, channel=GENERAL)
    parcel.payload["response_url"] += "-gone"
    bench.slack.deliver(parcel)
    bench.slack.wait_for(lambda: "An answer could not be shown" in caplog.text)
    assert buttons(bench.ask(f"<@{ADA}>")) == BUTTONS


def test_consent_that_is_withdrawn_while_it_waits_to_be_drawn_is_respected(speaking, fake_slack):
    with open_bench(speaking, fake_slack, is_drawing=False) as bench:
        answer = fake_slack.command(f"<@{ADA}>", user=BRAM, channel=GENERAL)
        fake_slack.wait_for(lambda: bench.services.studio.waiting)
        bench.store.consent.revoke(bench.member(ADA), actor="subject", by_subject=True)
        bench.services.studio.start()
        [shown] = fake_slack.wait_for(lambda: fake_slack.shown_for(answer))
        assert shown.text == sentence("paused", name="Ada")
        assert bench.audit("mimicked") == []
