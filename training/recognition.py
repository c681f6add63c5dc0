"""Two ways to say who wrote a message, on the same split: a linear model and an LSTM."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.authorship import learn
from training.bundles import Estimate, estimate_accuracy
from training.corpus import Part
from training.errors import TooLittleText
from training.examinees import Examinee
from training.sequence_classifier import SequenceClassifier

Labeled = tuple[list[str], list[int]]
LINEAR_SHARE = 0.1  # of the time


class Attribution(Protocol):
    """Says who wrote a text."""

    def log_chances(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return log p(author | text), shape `(texts, authors)`."""


@dataclass(frozen=True)
class AttributionFigures:
    """How well one attributor knows the authors of messages that it has not seen.

    Attributes:
        attributor: `linear` or `lstm`.
        authors: The labels of the voices, in the order of `confusion`.
        singles: Share of single messages that are given to their author.
        tens: Of bundles of ten.
        fifties: Of bundles of fifty.
        confusion: How many messages of each author (row) are given to whom (column).
    """

    attributor: str
    authors: tuple[str, ...]
    singles: Estimate
    tens: Estimate
    fifties: Estimate
    confusion: tuple[tuple[int, ...], ...]


def compare_attributors(
    examinees: Sequence[Examinee], *, seed: int, on_progress: Callable[[float], None]
) -> tuple[AttributionFigures, ...]:
    """Teach both the authors' `TRAIN` messages and let them judge the `TEST` ones.

    The LSTM is stopped by the messages between, which the linear model never sees. Voices of
    channels are passed over.

    Raises:
        TooLittleText: There are not two people.
    """
    people = find_people(examinees)
    trained, held_out, tested = (gather(people, part) for part in Part)
    linear = learn(*trained)
    if linear is None:
        raise TooLittleText("Two people's voices are needed to tell one from the other.")
    on_progress(LINEAR_SHARE)
    lstm = SequenceClassifier(people[0].voice.tokenizer, len(people), seed=seed)
    lstm.fit(
        trained,
        held_out,
        lambda share: on_progress(LINEAR_SHARE + (1 - LINEAR_SHARE) * share),
    )
    labels = tuple(person.label for person in people)
    judge = partial(_judge, tested=tested, labels=labels, seed=seed)
    return judge("linear", linear), judge("lstm", lstm)


def find_people(examinees: Sequence[Examinee]) -> list[Examinee]:
    """Return those whose voice is a person's and who have messages to be judged by."""
    own = [each for each in examinees if each.subject.author is not None]
    return [each for each in own if each.texts(Part.TEST)]


def gather(people: Sequence[Examinee], *parts: Part) -> Labeled:
    """Return the people's messages of these parts, and the place of each one's author."""
    texts = [person.texts(*parts) for person in people]
    owners = np.repeat(np.arange(len(people)), [len(own) for own in texts])
    return [text for own in texts for text in own], owners.tolist()


def _judge(
    name: str, attributor: Attribution, *, tested: Labeled, labels: tuple[str, ...], seed: int
) -> AttributionFigures:
    texts, owners = tested
    chances = attributor.log_chances(texts)
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (owners, chances.argmax(axis=1)), 1)
    rng = np.random.default_rng(seed)
    singles, tens, fifties = (estimate_accuracy(chances, owners, size, rng) for size in (1, 10, 50))
    rows = tuple(tuple(row) for row in confusion.tolist())
    return AttributionFigures(name, labels, singles, tens, fifties, rows)
