"""Not now, and never again: answers to a question that somebody had put."""

from tests.fake_slack import ADA


def test_not_now_leaves_the_question_open(desk):
    desk.set(ADA, "asked")
    assert "not now" in desk.consenting.not_now(ADA)["text"]
    assert desk.state(ADA) == ("asked", False)


def test_not_now_is_a_pause_where_silence_means_yes(lenient):
    lenient.write(ADA, 2)
    assert "You are paused" in lenient.consenting.not_now(ADA)["text"]
    assert lenient.state(ADA) == ("paused", True)


def test_not_now_after_a_yes_changes_nothing(desk):
    desk.consenting.agree(ADA)
    assert "You have agreed" in desk.consenting.not_now(ADA)["text"]
    assert desk.state(ADA) == ("agreed", True)


def test_never_again_is_for_good(desk):
    desk.set(ADA, "asked")
    assert "nobody can ask you again" in desk.consenting.never_ask(ADA)["text"]
    assert desk.state(ADA) == ("never_ask", True)


def test_never_again_deletes_what_silence_let_in(lenient):
    lenient.write(ADA, 2)
    lenient.consenting.never_ask(ADA)
    assert lenient.state(ADA) == ("never_ask", True)
    assert list(lenient.store.messages.read()) == []


def test_never_again_deletes_a_voice_whose_messages_are_gone_already(lenient):
    voice = lenient.store.voices.ensure("person", subject=lenient.member(ADA))
    lenient.consenting.never_ask(ADA)
    assert lenient.state(ADA) == ("never_ask", True)
    assert voice not in lenient.store.voices.list()


def test_never_again_in_an_old_request_does_not_delete_a_voice(desk):
    desk.consenting.agree(ADA)
    desk.write(ADA, 2)
    assert "You have agreed" in desk.consenting.never_ask(ADA)["text"]
    assert desk.state(ADA) == ("agreed", True)
    assert len(list(desk.store.messages.read())) == 2
