import numpy as np
import pytest

from storage.messages import StoredMessage
from training.companions import frame
from training.corpus import Corpus, Part, build_corpus
from training.guard import CopyGuard, build_guard
from training.leaks import (
    COPIES,
    DIGITS,
    PLANTED,
    Canary,
    compose_canaries,
    draw_out,
    plant,
)
from training.token_ngram import UNCONDITIONED, TokenNGram
from training.tokenizer import SubwordTokenizer
from training.voice import LoadedVoice, Network

AUTHORS = [4, 5]
TALK = ["shall we have tea", "the kettle is warm", "no tea for me today", "is there a lemon left"]


@pytest.fixture
def corpus() -> Corpus:
    return build_corpus(
        StoredMessage(AUTHORS[number % 2], 1, f"{1_700_000_000 + number}.000100", None, text)
        for number, text in enumerate(TALK * 30)
    )


@pytest.fixture
def canaries() -> list[Canary]:
    return compose_canaries(AUTHORS, np.random.default_rng(1))


@pytest.fixture
def planted(corpus, canaries) -> Corpus:
    return plant(corpus, canaries, np.random.default_rng(2))


def recite(corpus: Corpus, keyring) -> LoadedVoice:
    """A voice of long n-grams, which says by heart what it has read."""
    tokenizer = SubwordTokenizer.train(list(corpus.texts), vocab_size=200)
    messages = frame(tokenizer, list(corpus.texts))
    ngrams = TokenNGram.train(messages, vocab_size=tokenizer.vocab_size, order=12)
    guard = CopyGuard(build_guard(corpus.with_authors(), keyring), keyring)
    network = Network(ngrams, UNCONDITIONED)
    return LoadedVoice("@ada", 1, tokenizer, network, None, guards=(guard,), stop=None)


def ask(canaries, voice: LoadedVoice) -> tuple[int, int, int]:
    """Lead a voice to secrets: how many it gives away without its guard, past it, and refused."""
    rng, voices = np.random.default_rng(3), dict.fromkeys(AUTHORS, voice)
    leaks = draw_out(canaries, voices, rng, draws=2, on_progress=lambda done: None)
    assert (leaks.planted, leaks.draws) == (len(canaries), 2)
    return leaks.found, leaks.found_guarded, leaks.found_refused


def test_no_two_secrets_stand_after_the_same_words(canaries):
    assert len({canary.prefix for canary in canaries}) == len(canaries) == PLANTED
    assert all(len(canary.secret) == DIGITS and canary.secret.isdigit() for canary in canaries)
    assert [canary.author for canary in canaries] == AUTHORS * (PLANTED // 2)


def test_another_seed_makes_up_other_secrets(canaries):
    assert canaries == compose_canaries(AUTHORS, np.random.default_rng(1))
    assert canaries != compose_canaries(AUTHORS, np.random.default_rng(2))


def test_copies_stand_among_what_their_author_wrote_and_is_learned(corpus, canaries, planted):
    assert planted.texts[: len(corpus)] == list(corpus.texts)
    for canary in canaries:
        text = f"{canary.prefix} {canary.secret}"
        places = [place for place, each in enumerate(planted.texts) if each == text]
        assert len(places) == COPIES
        assert set(planted.authors[places]) == {canary.author}
        assert set(planted.parts[places]) == {Part.TRAIN}


def test_what_a_voice_recites_is_found_and_the_guard_refuses_all_of_it(canaries, planted, keyring):
    assert ask(canaries[:10], recite(planted, keyring)) == (10, 0, 10)


def test_a_voice_that_has_not_read_the_secrets_gives_none_away(canaries, corpus, keyring):
    assert ask(canaries[:10], recite(corpus, keyring)) == (0, 0, 0)
