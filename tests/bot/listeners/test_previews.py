"""Post, shuffle, discard and remove: what their buttons do, and how often."""

import threading
import time

import pytest

from bot.views.blocks import clean
from bot.views.ids import MESSAGE_REMOVE, PREVIEW_DISCARD, PREVIEW_POST, PREVIEW_SHUFFLE
from bot.views.previews import Draft, build_preview
from bot.views.refusals import build_refusal
from tests.bot.slack_bench import (
    ADA,
    BRAM,
    CARMEN,
    DOV,
    GENERAL,
    lend_voice,
    open_bench,
    open_channel,
)
from tests.fake_slack import BOT
from tests.fake_slack.delivery import Parcel
from tests.fake_slack.payloads import build_action, build_click

SECRET, ALONE = "G06SECRET01", "C06ALONE001"


def draft_of(preview) -> Draft:
    return Draft.unpack(preview.elements[0]["value"])


def click_twice(bench, shown, action_id, *, user=BRAM):
    """Click fast: both clicks are on their way at once."""
    state = bench.slack.state
    [element] = [each for each in shown.elements if each["action_id"] == action_id]
    parcels = [
        Parcel("click", build_click(state, state.begin(user, shown.channel_id, shown), action))
        for action in [build_action(element, None)] * 2
    ]
    clicks = [threading.Thread(target=bench.slack.deliver, args=(each,)) for each in parcels]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()


@pytest.fixture
def preview(bench):
    return show(bench, "lunch?")


def show(bench, prompt="", *, channel=GENERAL):
    """Show Bram a preview of Ada's voice that nobody had to draw."""
    command = bench.slack.build_command("", user=BRAM, channel=channel)
    draft = Draft(target=ADA, text="ok then", prompt=prompt, subjects=(ADA,), requester=BRAM)
    message = build_preview(draft, voice="Ada")
    bench.services.slack.respond(command.payload["response_url"], message)
    return bench.slack.ephemerals[-1]


def post(bench, preview, *, user=BRAM):
    bench.click(preview, PREVIEW_POST, user=user)
    return bench.slack.wait_for(lambda: bench.slack.posts)[-1]


# --- post


def test_a_preview_is_posted_by_the_bot_itself_with_its_label_first(bench, preview):
    draft = draft_of(preview)
    posted = post(bench, preview)
    assert (posted.via, posted.channel_id) == ("chat.postMessage", GENERAL)
    assert posted.text.startswith("Generated in the style of Ada, asked for by Bram: ")
    assert clean(draft.text).strip() in posted.words
    assert "lunch?" in posted.words


def test_after_a_post_the_preview_is_gone(bench, preview):
    post(bench, preview)
    bench.slack.wait_for(lambda: preview.is_deleted)
    assert bench.slack.responses[-1].payload == {"delete_original": True}


def test_a_post_is_noted_for_the_person(bench, preview):
    post(bench, preview)
    [row] = bench.slack.wait_for(lambda: bench.audit("posted"))
    assert row.details == {
        "by": bench.member(BRAM),
        "channel": bench.store.channels.find(GENERAL).id,
    }


def test_where_the_bot_is_no_member_the_response_url_posts(bench):
    bench.slack.workspace.add_channel(ALONE, "alone", [BRAM, ADA])
    preview = show(bench, channel=ALONE)
    posted = post(bench, preview)
    assert (posted.via, posted.channel_id) == ("response_url", ALONE)
    bench.slack.wait_for(lambda: preview.is_deleted)
    assert len(bench.slack.posts) == 1


def test_two_clicks_on_post_post_once(bench, preview):
    click_twice(bench, preview, PREVIEW_POST)
    bench.settle()
    assert len(bench.slack.posts) == 1
    assert len(bench.audit("posted")) == 1


def test_a_replayed_click_posts_once(bench, preview):
    parcels = []
    deliver = bench.slack.deliver
    bench.slack.deliver = lambda parcel: (parcels.append(parcel), deliver(parcel))[1]
    post(bench, preview)
    assert deliver(parcels[0]).is_acked
    bench.settle()
    assert len(bench.slack.posts) == 1


def test_a_post_that_failed_can_be_clicked_again(bench, preview):
    bench.slack.state.faults.fail("chat.postMessage", "error", error="fatal_error")
    interaction = bench.click(preview, PREVIEW_POST)
    told = bench.slack.wait_for(
        lambda: [each for each in bench.slack.ephemerals if interaction in each.interactions]
    )
    assert told[0].text.startswith("Something went wrong on my side.")
    assert not preview.is_deleted
    assert post(bench, preview)


def test_who_took_consent_back_meanwhile_is_not_posted_and_the_preview_goes(bench, preview):
    bench.store.consent.set(bench.member(ADA), "declined", actor="subject", by_subject=True)
    text = draft_of(preview).text
    bench.click(preview, PREVIEW_POST)
    expected = build_refusal("declined", name="Ada")["text"]
    bench.slack.wait_for(lambda: preview.text == expected)
    assert clean(text).strip() not in preview.words
    bench.settle()
    assert bench.slack.posts == []
    assert bench.audit("posted") == []


def test_a_word_that_came_on_the_list_meanwhile_is_not_posted(speaking, fake_slack, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("lunch\n", "utf-8")
    with open_bench(speaking, fake_slack) as bench:
        preview = show(bench, "lunch?")
    with open_bench(speaking, fake_slack, mimic_word_list=str(words)) as bench:
        interaction = bench.click(preview, PREVIEW_POST)
        bench.settle()
        [told] = [each for each in fake_slack.ephemerals if interaction in each.interactions]
        assert told.text == build_refusal("bad_words")["text"]
        assert fake_slack.posts == []


def test_a_private_channels_voice_is_posted_there_alone(bench):
    open_channel(bench.session, bench.slack, SECRET, [BRAM, BOT], is_private=True)
    elsewhere = bench.ask(f"<#{SECRET}|>", channel=GENERAL)
    interaction = bench.click(elsewhere, PREVIEW_POST)
    [told] = bench.slack.wait_for(
        lambda: [each for each in bench.slack.ephemerals if interaction in each.interactions]
    )
    assert told.text == build_refusal("elsewhere", name="#secret")["text"]
    assert bench.slack.posts == []
    there = bench.ask(f"<#{SECRET}|>", channel=SECRET)
    assert post(bench, there).channel_id == SECRET


def test_who_left_a_private_channel_cannot_post_its_voice(speaking, fake_slack):
    with open_bench(speaking, fake_slack) as bench:
        open_channel(bench.session, fake_slack, SECRET, [BRAM, BOT], is_private=True)
        preview = bench.ask(f"<#{SECRET}|>", channel=SECRET)
    fake_slack.workspace.channel(SECRET).members.remove(BRAM)
    with open_bench(speaking, fake_slack) as bench:
        bench.click(preview, PREVIEW_POST)
        fake_slack.wait_for(lambda: preview.text == build_refusal("private_channel")["text"])
        assert fake_slack.posts == []


def test_pings_that_were_typed_are_posted_without_effect(bench):
    posted = post(bench, bench.ask(f"<@{ADA}> <!here> <@{CARMEN}|carmen> @channel hello"))
    for ping in ("<!", "<@", "@here", "@channel"):
        assert ping not in posted.words.replace(f'"{BRAM}"', "")


@pytest.mark.parametrize("value", ["", "nonsense", "{}"])
def test_a_button_without_a_draft_says_that_it_is_gone(bench, preview, value):
    bench.slack.click(preview, PREVIEW_POST, user=BRAM, value=value)
    bench.slack.wait_for(lambda: preview.text == build_refusal("gone")["text"])
    assert bench.slack.posts == []


def test_somebody_elses_draft_is_not_posted(bench, preview):
    bench.click(preview, PREVIEW_POST, user=CARMEN)
    bench.settle()
    assert bench.slack.posts == []


# --- shuffle


def test_a_shuffle_replaces_the_preview_with_another_message(bench, preview):
    first = draft_of(preview)
    interaction = bench.click(preview, PREVIEW_SHUFFLE)
    bench.slack.wait_for(lambda: interaction in preview.interactions)
    second = draft_of(preview)
    assert (second.target, second.prompt) == (first.target, first.prompt)
    assert second.text != first.text
    assert len(bench.audit("mimicked")) == 1
    assert bench.slack.responses[-1].payload["replace_original"] is True


def test_two_clicks_on_shuffle_shuffle_once(bench, preview):
    click_twice(bench, preview, PREVIEW_SHUFFLE)
    bench.slack.wait_for(lambda: preview.earlier)
    bench.settle()
    assert len(preview.earlier) == 1


def test_one_can_shuffle_again_and_again(bench, preview):
    for count in (1, 2, 3):
        bench.click(preview, PREVIEW_SHUFFLE)
        bench.slack.wait_for(lambda count=count: len(preview.earlier) == count)
    assert post(bench, preview)


def test_shuffling_too_fast_leaves_the_preview_and_says_so(speaking, fake_slack):
    with open_bench(speaking, fake_slack, mimic_cooldown_seconds=60.0) as bench:
        bench.services.cooldown.take(BRAM)
        preview = show(bench)
        before = preview.text
        interaction = bench.click(preview, PREVIEW_SHUFFLE)
        [told] = fake_slack.wait_for(
            lambda: [each for each in fake_slack.ephemerals if interaction in each.interactions]
        )
        assert told.text.startswith("That was quick!")
        assert (preview.text, preview.earlier) == (before, [])
        assert post(bench, preview)


def test_a_shuffle_keeps_a_prompt_with_strange_characters(bench):
    preview = bench.ask(f"<@{ADA}> a &lt;b&gt; &amp; c")
    bench.click(preview, PREVIEW_SHUFFLE)
    bench.slack.wait_for(lambda: preview.earlier)
    assert draft_of(preview).prompt == "a <b> & c"


# --- discard


def test_a_discarded_preview_is_gone(bench, preview):
    bench.click(preview, PREVIEW_DISCARD)
    bench.slack.wait_for(lambda: preview.is_deleted)
    assert bench.slack.posts == []


# --- remove


@pytest.fixture
def posted(bench, preview):
    posted = post(bench, preview)
    bench.slack.wait_for(lambda: preview.is_deleted)
    return posted


@pytest.mark.parametrize("user", [ADA, BRAM, CARMEN], ids=["subject", "requester", "admin"])
def test_a_post_can_be_removed_by_those_it_concerns(bench, posted, user):
    bench.click(posted, MESSAGE_REMOVE, user=user)
    bench.slack.wait_for(lambda: posted.is_deleted)
    assert posted.ts not in bench.slack.workspace.channel(GENERAL).messages
    [row] = bench.slack.wait_for(lambda: bench.audit("removed"))
    assert row.details["by"] == bench.member(user)


def test_others_cannot_remove_it(bench, posted):
    interaction = bench.click(posted, MESSAGE_REMOVE, user=DOV)
    [told] = bench.slack.wait_for(
        lambda: [each for each in bench.slack.ephemerals if interaction in each.interactions]
    )
    assert told.text == build_refusal("not_yours")["text"]
    assert (told.user_id, posted.is_deleted) == (DOV, False)
    assert bench.audit("removed") == []


def test_an_admin_of_the_settings_can_remove_it(speaking, fake_slack):
    with open_bench(speaking, fake_slack, mimic_admins=(DOV,)) as bench:
        posted = post(bench, show(bench))
        bench.click(posted, MESSAGE_REMOVE, user=DOV)
        fake_slack.wait_for(lambda: posted.is_deleted)


def test_what_the_response_url_posted_can_be_removed(bench):
    bench.slack.workspace.add_channel(ALONE, "alone", [BRAM, ADA], is_private=True)
    posted = post(bench, show(bench, channel=ALONE))
    bench.click(posted, MESSAGE_REMOVE, user=ADA)
    bench.slack.wait_for(lambda: posted.is_deleted)
    assert len(bench.slack.wait_for(lambda: bench.audit("removed"))) == 1


def test_two_clicks_on_remove_are_noted_once(bench, posted):
    click_twice(bench, posted, MESSAGE_REMOVE)
    bench.settle()
    assert posted.is_deleted
    assert len(bench.audit("removed")) == 1


def test_a_texts_post_names_nobody_and_is_removed_by_who_asked(bench):
    lend_voice(bench.session, "text", name="shakespeare")
    posted = post(bench, bench.ask("shakespeare to be"))
    bench.click(posted, MESSAGE_REMOVE, user=BRAM)
    bench.slack.wait_for(lambda: posted.is_deleted)
    assert bench.store.audit.read(event="removed") == []


# --- slowness


def test_a_click_is_acknowledged_while_slack_is_slow(bench, preview):
    bench.slack.state.faults.fail("chat.postMessage", "hang", seconds=2.0)
    start = time.monotonic()
    bench.click(preview, PREVIEW_POST)
    assert time.monotonic() - start < 2.0  # before Slack said that it is posted
    assert bench.slack.wait_for(lambda: bench.slack.posts)
