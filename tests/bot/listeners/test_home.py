"""The App Home as one person sees it, through Bolt, the store and the fake Slack."""

from tests.fake_slack import ADA, BRAM, GENERAL, GUEST, TEAM


def open_home(bot, user, words):
    assert bot.fake.open_home(user).is_acked
    return bot.home(user, words)


def test_a_stranger_sees_that_nothing_is_stored_and_may_agree(bot, fake):
    home = open_home(bot, ADA, "I store nothing")
    assert [each["action_id"] for each in home.elements] == ["home_optin"]
    fake.click(home, "home_optin", user=ADA)
    bot.told(ADA, "Thank you")
    bot.home(ADA, "You have agreed")
    assert bot.state(ADA) == "agreed"


def test_the_other_tab_shows_nothing(bot, fake):
    fake.event({"type": "app_home_opened", "user": ADA, "channel": "D0X", "tab": "messages"})
    open_home(bot, BRAM, "I store nothing")
    assert fake.home_of(ADA) is None


def test_pause_and_resume_are_shown_where_they_were_clicked(bot, fake):
    bot.store.consent.grant([bot.member(ADA)], actor="subject", by_subject=True)
    home = open_home(bot, ADA, "You have agreed")
    fake.click(home, "home_pause", user=ADA)
    home = bot.home(ADA, "You are paused")
    assert bot.state(ADA) == "paused"
    fake.click(home, "home_resume", user=ADA)
    bot.home(ADA, "You have agreed")
    assert bot.state(ADA) == "agreed"


def test_leaving_takes_a_second_click_and_gives_a_receipt(bot, fake):
    bot.store.consent.grant([bot.member(ADA)], actor="subject", by_subject=True)
    home = open_home(bot, ADA, "You have agreed")
    [leave] = [each for each in home.elements if each["action_id"] == "home_leave"]
    assert leave["confirm"]
    fake.click(home, "home_leave", user=ADA)
    bot.told(ADA, "This is what I have deleted")
    bot.home(ADA, "You have left")
    assert bot.state(ADA) == "left"


def test_a_guest_hears_why_the_button_does_nothing(bot, fake):
    home = open_home(bot, GUEST, "I store nothing")
    fake.click(home, "home_optin", user=GUEST)
    bot.told(GUEST, "Guests are left out")
    assert bot.state(GUEST) == "none"


def test_the_subject_sees_who_used_the_voice(bot):
    channel = bot.store.channels.ensure(GENERAL, team_id=TEAM, kind="public").id
    for event in ("mimicked", "posted"):
        bot.store.audit.record(event, member=bot.member(ADA), by=bot.member(BRAM), channel=channel)
    home = open_home(bot, ADA, "Who used your voice")
    assert f"<@{BRAM}> in <#{GENERAL}>" in home.words
    assert ": posted" in home.words


def test_what_fails_is_told_in_a_dm_with_a_number(bot, fake, caplog):
    home = open_home(bot, ADA, "I store nothing")
    fake.state.faults.fail("users.info", "error", error="missing_scope")
    fake.click(home, "home_optin", user=ADA)
    bot.told(ADA, "Something went wrong")
    assert ADA not in caplog.text
