from dataclasses import replace

import numpy as np
import pytest

from storage.keys import Keyring
from storage.messages import StoredMessage
from tests.training.tiny_voices import build_voice
from training.companions import (
    OwnText,
    add_companions,
    count_common,
    count_refused,
    frame,
    read_along,
)
from training.corpus import build_corpus
from training.guard import CopyGuard, build_guard
from training.registration import judge
from training.scoring import score_bits
from training.subject import Subject
from training.token_ngram import UNCONDITIONED, TokenNGram
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
    ((network, share),) = add_companions(voice, own).companions
    assert network.step.order == 3
    bits = {
        share: judge(replace(voice, companions=((network, share),)), own.held_out)
        for share in (share, share - 0.05, share * 0.9 + 0.1)
    }
    assert min(bits.values()) == bits[share] < judge(voice, own.held_out)


def test_ngrams_that_foretell_nothing_are_left_out():
    voice = build_voice()
    own = OwnText(_shuffle(), ["!?!?!?!?", "zxzxzxzx"], until=0)
    assert not add_companions(voice, own).companions


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
    found = [
        add_companions(each, _own(texts=texts)).companions
        for each in (voice, replace(voice, guards=(guard,)))
    ]
    assert [[network.step.order for network, _ in each] for each in found] == [[3], [2]]


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
    own = OwnText.select(corpus, Subject(channel=1))
    assert own is not None
    assert not own.trained
    assert own.held_out


def _add_common(voice, texts: list[str]):
    ngrams = TokenNGram.train(
        frame(voice.tokenizer, texts), vocab_size=voice.tokenizer.vocab_size, order=3
    )
    return replace(voice, common=Network(ngrams, UNCONDITIONED))


def test_what_people_have_in_common_speaks_along_too():
    voice = _add_common(build_voice(), _own().trained)
    ((network, share),) = add_companions(voice, replace(_own(), trained=())).companions
    assert network is voice.common
    assert 0 < share <= 0.95
    joined = replace(voice, companions=((network, share),))
    assert judge(joined, _own().held_out) < judge(voice, _own().held_out)


def test_all_shares_are_fitted_together():
    own = _own(texts=[*HABITS, *_shuffle(8)])
    own = replace(own, held_out=[*own.held_out, *8 * ["zxqjv", "kwzz, qx"]])
    voice = _add_common(build_voice(), HABITS)
    found = add_companions(voice, own)
    assert [network is voice.common for network, _ in found.companions] == [True, False]
    assert sum(share for _, share in found.speakers) == pytest.approx(1)
    shares = [share for _, share in found.companions]
    best = judge(found, own.held_out)
    for moved in ((0.05, 0), (-0.05, 0), (0, 0.05), (0, -0.05), (0.05, -0.05), (-0.05, 0.05)):
        others = [max(0.0, share + more) for share, more in zip(shares, moved, strict=True)]
        networks = [network for network, _ in found.companions]
        other = replace(found, companions=tuple(zip(networks, others, strict=True)))
        assert judge(other, own.held_out) >= best - 1e-3


def _say(*said: tuple[int, str]):
    for second, (author, text) in enumerate(said):
        yield StoredMessage(author, 1, f"{1_000 + second}.000100", None, text)


def test_only_ngrams_of_two_people_are_common():
    tokenizer = build_voice().tokenizer
    corpus = build_corpus(_say(*[(1, "abc"), (2, "abd"), (1, "zzz"), (1, "zzz")] * 10))
    common = count_common(tokenizer, corpus)
    assert common is not None
    stepper = common.start([UNCONDITIONED], [0])
    chances = {}
    for token in [tokenizer.begin_id, *tokenizer.encode("ab")]:
        chances = stepper.advance(np.array([token]))[0]
    third = {letter: chances[tokenizer.id_of(letter)] for letter in "cdz"}
    assert third["c"] == pytest.approx(third["d"])  # what came after "ab", one person wrote each
    followers = [ngrams for each in common._followers for ngrams in each.ngrams[:-1].tolist()]
    size, z = tokenizer.vocab_size, tokenizer.id_of("z")
    assert z * size + z not in followers


def test_one_person_has_nothing_in_common():
    corpus = build_corpus(_say(*[(1, "abc")] * 20))
    assert count_common(build_voice().tokenizer, corpus) is None
