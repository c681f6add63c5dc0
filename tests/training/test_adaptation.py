from collections import Counter
from typing import Any

import pytest

from storage.messages import StoredMessage
from training.adaptation import Adapter
from training.bases import Base
from training.config import Dropout, ModelShape
from training.corpus import Corpus, build_corpus
from training.model import LanguageModel, read_weights
from training.subject import Subject
from training.supervision import Supervision
from training.tokenizer import SubwordTokenizer
from training.updates import Updater

pytestmark = pytest.mark.slow

QUIET = Supervision(lambda event: None)
GRAPHS = ("_train_window", "_judge_window")
LITTLE, MUCH = 30, 300  # messages


def write(author: int, count: int) -> list[StoredMessage]:
    words = ["kettle", "ferry", "harbor", "lamp"]
    return [
        StoredMessage(author, 1, f"{1_000 * author + n}.0", None, f"the {words[n % 4]} is {author}")
        for n in range(count)
    ]


@pytest.fixture
def corpus() -> Corpus:
    return build_corpus([*write(1, LITTLE), *write(2, MUCH)])


@pytest.fixture
def base(corpus: Corpus) -> Base:
    tokenizer = SubwordTokenizer.train(corpus.texts, vocab_size=300)
    shape = ModelShape(tokenizer.vocab_size, 16, 32, 4, 2)
    weights = read_weights(LanguageModel(shape, dropout=Dropout()))
    return Base(weights, shape, tokenizer, rows={1: 1})


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each graph was traced: Python goes through a compiled one no more."""
    counts: Counter[str] = Counter()

    def count(name: str) -> None:
        trace = getattr(Updater, name)

        def counted(self: Updater, *arguments: Any) -> Any:
            counts[name] += 1
            return trace(self, *arguments)

        monkeypatch.setattr(Updater, name, counted)

    for name in GRAPHS:
        count(name)
    return counts


def test_the_graphs_of_the_first_voice_serve_the_next_however_much_they_wrote(
    base: Base, corpus: Corpus, traces: Counter[str]
):
    adapter = Adapter(base)
    few, many = (
        adapter.fit(corpus, Subject(author=author), QUIET, label="@voice", seconds=None)
        for author in (1, 2)
    )
    assert many.standing.tokens > few.standing.tokens
    assert traces == dict.fromkeys(GRAPHS, 1)
