from dataclasses import replace

import numpy as np
import pytest

from storage.keys import Keyring
from storage.messages import StoredMessage
from tests.training.tiny_voices import build_voice
from training.companions import OwnText, count_refused, find_companion, frame, read_along
from training.corpus import build_corpus
from training.guard import CopyGuard, build_guard
from training.registration import judge
from training.scoring import score_bits
from training.subject import Subject
from training.token_ngram import UNCONDITIONED
from training.voice import Network

HABITS = ["so it goes, again.", "so it is, again.", "so be it, again!", "is it so, again?"]


def _own(count: int = 120, *, texts: list[str] = HABITS) -> OwnText:
    chosen = np.random.default_rng(0).choice(texts, count).tolist()
    return OwnText(chosen, chosen[: count // 10], until=0)


def _shuffle(count: int = 60) -> list[str]:
    """Sentences that share words, and of which none is another's beginning."""
    rng = np.random.default_rng(0)
    words = ["kettle", "spoon", "teapot", "biscuit", "saucer", "tray", "lemon", "sugar", "milk"]
    return [" ".join(rng.permutation(words)) for _ in range(count)]


def test_ngrams_get_the_share_that_foretells_the_person_best():
    voice, own = build_voice(), _own()
    own = replace(own, held_out=[*own.held_out, *4 * ["zxqjv", "kwzz, qx"]])
    companion = find_companion(voice, own)
    assert companion is not None
    assert companion.ngrams.order == 3
    bits = {
        share: judge(_mix(voice, companion.ngrams, share), own.held_out)
        for share in (companion.share, companion.share - 0.05, companion.share * 0.9 + 0.1)
    }
    assert min(bits.values()) == bits[companion.share] < judge(voice, own.held_out)


def _mix(voice, ngrams, share: float):
    return replace(voice, companions=((Network(ngrams, UNCONDITIONED), share),))


def test_ngrams_that_foretell_nothing_are_left_out():
    voice = build_voice()
    own = OwnText(_shuffle(), ["!?!?!?!?", "zxzxzxzx"], until=0)
    assert find_companion(voice, own) is None


def test_shorter_ngrams_are_taken_where_longer_ones_recite():
    texts = [
        "ab cd",
        "ef gh",
        "ij kl",
        "mn op",
        "qr st",
    ]  # what follows the space, two letters tell
    keyring = Keyring(bytes(32))
    guard = CopyGuard(build_guard([(1, text) for text in texts], keyring), keyring)
    voice = build_voice()
    companions = [
        find_companion(each, _own(texts=texts)) for each in (voice, replace(voice, guards=(guard,)))
    ]
    assert [each and each.ngrams.order for each in companions] == [3, 2]


def test_what_the_guards_refuse_is_counted():
    voice = build_voice(bias={"end": 4.0})
    assert count_refused(voice) == 0
    keyring = Keyring(bytes(32))
    short = [(1, first + second) for first in "abcdefghijklm " for second in ["", *"nopqrstuvw"]]
    guard = CopyGuard(build_guard(short, keyring), keyring)
    assert 0 < count_refused(replace(voice, guards=(guard,))) < 1


def test_messages_read_along_have_the_bits_that_a_score_gives_them():
    voice = build_voice()
    texts = [*HABITS, "", "a much longer one, so that the rows end one after the other."]
    nats = -sum(
        float(np.log(chances[np.arange(len(tokens)), tokens]).sum())
        for chances, tokens in read_along(voice.network, frame(voice.tokenizer, texts))
    )
    bits = score_bits([(voice, 1.0)], texts).sum()
    assert nats / np.log(2) == pytest.approx(bits, rel=1e-4)


def _messages(*authors: int):
    for second, author in enumerate(authors):
        yield StoredMessage(author, 1, f"{1_000 + second}.000100", None, f"message {second}")


def test_a_persons_newest_tenth_is_held_out():
    corpus = build_corpus(_messages(*[1, 2] * 20))
    own = OwnText.select(corpus, Subject(author=2))
    assert own is not None
    assert list(own.trained) == [f"message {second}" for second in range(1, 36, 2)]
    assert list(own.held_out) == ["message 37", "message 39"]
    assert own.until == pytest.approx(1_035.0001)


def test_a_channel_has_no_ngrams_because_they_would_be_shared():
    corpus = build_corpus(_messages(*[1, 2] * 20))
    assert OwnText.select(corpus, Subject(channel=1)) is None
