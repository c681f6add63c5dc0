import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import DamagedArtifact
from training.tokenizer import PieceTokenizer, SubwordTokenizer, read_tokenizer

TEXTS = [
    "the kettle is on again :tea:",
    "who moved the  kettle?\nnobody knows",
    "<user> the kettle is <url>",
    "kettle, kettle, kettle",
] * 20


@pytest.fixture(scope="module")
def subwords() -> SubwordTokenizer:
    return SubwordTokenizer.train(TEXTS, vocab_size=300)


@given(text=st.text())
@settings(max_examples=200)
def test_any_text_survives_subwords(subwords: SubwordTokenizer, text: str):
    visible = text.replace("▁", " ")  # SentencePiece's own mark for a space
    assert subwords.decode(subwords.encode(text)) == visible


def test_many_texts_are_encoded_as_each_by_itself(subwords: SubwordTokenizer):
    assert subwords.encode_all(TEXTS) == [subwords.encode(text) for text in TEXTS]


def test_a_placeholder_is_one_token(subwords: SubwordTokenizer):
    assert len(subwords.encode("<user>")) == 1


def test_little_text_gives_a_smaller_vocabulary(subwords: SubwordTokenizer):
    assert subwords.vocab_size <= SubwordTokenizer.train(TEXTS, vocab_size=4_000).vocab_size < 4_000


def test_a_script_of_many_characters_gets_a_piece_for_each():
    characters = [chr(0x4E00 + number) for number in range(900)]
    texts = ["".join(characters[first : first + 9]) for first in range(0, 900, 9)] * 3
    tokenizer = SubwordTokenizer.train(texts, vocab_size=600)
    assert tokenizer.vocab_size > 900
    assert len(tokenizer.encode(texts[0])) <= 9


def test_a_text_without_line_breaks_is_learned_too():
    one_line = " ".join(text.replace("\n", " ") for text in TEXTS * 20)
    assert len(one_line) > 16_384
    tokenizer = SubwordTokenizer.train([one_line], vocab_size=400)
    assert len(tokenizer.encode(" kettle")) == 1


def test_a_stream_has_neither_begin_nor_end(subwords: SubwordTokenizer):
    stream = subwords.as_stream()
    assert (stream.begin_id, stream.end_id) == (None, None)
    assert stream.encode("kettle") == subwords.encode("kettle")
    assert {1, 2} <= set(stream.never_sampled().tolist())


@pytest.mark.parametrize("level", ["char", "word"])
def test_a_text_survives_its_own_pieces(level: str):
    text = "\n".join(TEXTS)
    tokenizer = PieceTokenizer.train(text, level=level)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_rare_words_are_spelled():
    tokenizer = PieceTokenizer.train("tea tea tea elk", level="word")
    assert len(tokenizer.encode(" tea")) == 1
    assert len(tokenizer.encode("elk")) == 3


def test_an_unseen_character_is_token_zero_and_never_text():
    tokenizer = PieceTokenizer.train("abc", level="char")
    assert tokenizer.encode("aøc")[1] == 0
    assert tokenizer.decode([1, 0, 3]) == "ac"


@pytest.mark.parametrize("level", ["char", "word"])
def test_pieces_survive_the_disk(level: str):
    tokenizer = PieceTokenizer.train("\n".join(TEXTS), level=level)
    again = read_tokenizer(tokenizer.to_bytes())
    assert (again.level, again.vocab_size) == (level, tokenizer.vocab_size)
    assert again.encode(TEXTS[0]) == tokenizer.encode(TEXTS[0])


def test_subwords_survive_the_disk(subwords: SubwordTokenizer):
    for tokenizer in (subwords, subwords.as_stream()):
        again = read_tokenizer(tokenizer.to_bytes())
        assert again.end_id == tokenizer.end_id
        assert again.encode(TEXTS[0]) == tokenizer.encode(TEXTS[0])


def test_other_bytes_are_no_tokenizer():
    with pytest.raises(DamagedArtifact, match="tokenizer"):
        read_tokenizer(b"{}")
