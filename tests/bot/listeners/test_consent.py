"""Consent as people live it: words and buttons, through Bolt, the store and the fake Slack."""

import pytest

from tests.fake_slack import ADA, BRAM, CARMEN, GENERAL, TEAM


def ask(bot, *, asker=BRAM, subject=ADA):
    """Ask somebody for their voice, as Slack offers it; return what the asker sees."""
    refusal = bot.command(f"<@{subject}>", user=asker)
    return bot.click(refusal, "consent_ask", user=asker)


def test_who_has_not_agreed_can_be_asked_and_agrees_in_the_dm(bot, fake):
    for number in range(3):
        fake.workspace.say(ADA, GENERAL, f"the ferry leaves at nine {number}")
    assert "I have asked ada" in ask(bot).words
    request = bot.told(ADA, f"<@{BRAM}> would like to mimic")
    assert bot.state(ADA) == "asked"
    thanks = bot.click(request, "consent_agree", user=ADA)
    assert "Thank you" in thanks.words
    assert bot.state(ADA) == "agreed"
    bot.told(ADA, "I have read 3 messages of yours. 197 more messages needed")
    events = [row.event for row in bot.store.audit.read(bot.member(ADA))]
    assert events == ["consent_asked", "asked", "consent_agreed"]


def test_the_request_is_replaced_so_that_it_cannot_be_answered_twice(bot, fake):
    ask(bot)
    request = bot.told(ADA, "would like to mimic")
    bot.click(request, "consent_never", user=ADA)
    [left] = fake.dms(ADA)
    assert left.ts == request.ts
    assert "nobody can ask you again" in left.words
    assert bot.state(ADA) == "never_ask"
    assert "does not want to be mimicked" in bot.command(f"<@{ADA}>", user=CARMEN).words


def test_not_now_leaves_the_person_alone_for_a_while(bot, fake):
    ask(bot)
    bot.click(bot.told(ADA, "would like to mimic"), "consent_not_now", user=ADA)
    assert "was asked lately" in ask(bot, asker=CARMEN).words
    assert len(fake.dms(ADA)) == 1


@pytest.mark.parametrize("word", ["optin", "opt in", "OPTIN"])
def test_a_typed_yes_is_a_yes(bot, word):
    assert "Thank you" in bot.command(word, user=ADA).words
    assert bot.state(ADA) == "agreed"
    bot.told(ADA, "200 more messages needed")


def test_stop_and_delete_takes_a_yes_back(bot):
    thanks = bot.command("optin", user=ADA)
    receipt = bot.click(thanks, "consent_optout", user=ADA)
    assert "deleted" in receipt.words
    assert bot.state(ADA) == "declined"


def test_a_typed_no_deletes_at_once(bot):
    bot.command("optin", user=ADA)
    bot.told(ADA, "more messages needed")
    bot.store.members.register(bot.fake.workspace.users.values(), team_id=TEAM)
    assert "This is what I have deleted" in bot.command("optout", user=ADA).words
    assert bot.state(ADA) == "declined"
    assert "You have said no" in bot.command("status", user=ADA).words


def test_forget_me_deletes_only_after_a_second_click(bot, fake):
    for number in range(3):
        fake.workspace.say(ADA, GENERAL, f"the ferry leaves at nine {number}")
    bot.command("optin", user=ADA)
    bot.told(ADA, "I have read 3 messages")
    question = bot.command("forget me", user=ADA)
    assert "Delete everything" in question.words
    assert bot.state(ADA) == "agreed"
    [button] = question.elements
    assert button["confirm"]
    receipt = bot.click(question, "home_leave", user=ADA)
    assert "3 stored messages of yours" in receipt.words
    assert bot.state(ADA) == "left"
    assert list(bot.store.messages.read()) == []


def test_a_pause_is_one_word_and_so_is_its_end(bot):
    bot.command("optin", user=ADA)
    assert "You are paused" in bot.command("pause", user=ADA).words
    assert bot.state(ADA) == "paused"
    assert "takes a pause" in bot.command(f"<@{ADA}>", user=BRAM).words
    assert "You have agreed" in bot.command("resume", user=ADA).words
    assert bot.state(ADA) == "agreed"


def test_what_fails_is_told_with_a_number_and_nothing_else(bot, caplog):
    bot.fake.state.faults.fail("users.info", "error", error="missing_scope")
    answer = bot.command("optin", user=ADA)
    assert "Something went wrong" in answer.words
    assert bot.state(ADA) == "none"
    assert ADA not in caplog.text
