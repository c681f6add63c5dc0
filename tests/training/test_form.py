from tests.training.tiny_voices import LetterTokenizer
from training.form import Form
from training.tokenizer import PieceTokenizer, SubwordTokenizer

MESSAGES, STREAM = LetterTokenizer(), LetterTokenizer(is_stream=True)


def test_a_message_stands_between_its_tokens():
    before, message = Form(MESSAGES, None).frame("ok")
    assert (before, message) == ([1], [*MESSAGES.encode("ok"), 2])


def test_a_message_of_a_raw_stream_stands_between_line_breaks():
    before, message = Form(STREAM, "\n\n").frame("ok")
    assert (before, message) == (STREAM.encode("\n"), STREAM.encode("ok\n"))


def test_a_prompt_in_a_raw_stream_needs_nothing_before_it():
    form = Form(STREAM, "\n")
    assert form.open("so ") == ([], STREAM.encode("so"))
    assert form.open("") == (STREAM.encode("\n"), [])


def test_characters_keep_the_space_that_ends_a_prompt():
    tokenizer = PieceTokenizer.train("a b\n", level="char")
    assert tokenizer.decode(Form(tokenizer, None).open("a ")[1]) == "a "


def test_a_raw_stream_ends_where_its_stop_stands_after_something():
    form = Form(STREAM, "\n\n")
    ended = [form.is_ended(STREAM.encode(text)) for text in ("\n\n", "a\n", "a\n\n", "\n\na\n\n")]
    assert ended == [False, False, True, True]


def test_what_is_written_lacks_the_end_only():
    assert Form(MESSAGES, None).write([*MESSAGES.encode(" \nok \n"), 2]) == " \nok \n"
    assert Form(STREAM, "\n\n").write(STREAM.encode("\nok \n\n")) == "ok "


def test_a_word_ends_before_white_space_and_with_its_message():
    form = Form(LetterTokenizer(), None)
    message = form.frame("an owl")[1]
    ends = [form.ends_word(message[:place], message[place]) for place in range(1, len(message))]
    assert ends == [False, True, True, False, False, True]


def test_a_sign_is_found_where_a_token_is_just_it():
    assert Form(MESSAGES, None).find_sign("?") == MESSAGES.id_of("?")
    assert Form(MESSAGES, None).find_sign("") is None
    subwords = SubwordTokenizer.train(["the quay (late)", "a ferry"] * 40, vocab_size=300)
    sign = Form(subwords, None).find_sign(")")
    assert sign is not None
    assert subwords.decode([*subwords.encode("the quay"), sign]) == "the quay)"
