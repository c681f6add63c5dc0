"""Generated messages beside the people's own: whose they are taken for, what they repeat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.authorship import learn
from training.bundles import Estimate, estimate_accuracy
from training.copies import CopyRates, measure_copies
from training.corpus import Part
from training.detection import detect_generated
from training.distributions import (
    count_characters,
    count_emoji,
    find_distance,
    find_distinct_2,
    find_wordy_share,
)
from training.errors import TooLittleText, TrainingError
from training.examinees import Examinee
from training.generation import CANDIDATES, Job, Request, choose_sampling, generate_together
from training.lexicon import Lexicon, count_strange
from training.recognition import find_people, gather
from training.voice import LoadedVoice

MESSAGES = 100  # of each voice, or as many as its person has to be compared with
REAL, RANKED, UNRANKED = "real", "ranked", "unranked"
DRAWN = {RANKED: CANDIDATES, UNRANKED: 1}
BATCH = 16  # drawn together
BOLDNESS = (0.0, 0.3, 0.6)  # as when somebody asks for a message
DRAWING_SHARE = 0.4  # of the time; judging copies takes longer
Written = Sequence[Sequence[str]]  # messages of each voice


@dataclass(frozen=True)
class ImitationFigures:
    """What is said of one kind of messages, as many of each voice as of the others.

    Attributes:
        kind: `real`, the people's own of the `TEST` part, else `ranked` or `unranked`.
        singles: Share of messages that a judge who knows the people gives to the right one.
        tens: Of bundles of ten.
        detected: How often a detector knows real from generated messages; None of real ones.
        copies: Of any learned message.
        distinct_2: Different pairs of words for each pair.
        length_distance: Kolmogorov and Smirnov's, from what each learned from, on average.
        emoji_distance: Likewise, of the number of emoji in a message.
        wordy_share: Messages of four words or more.
        new_word_share: Messages with a word that nobody has written, in any learned message.
    """

    kind: str
    messages: int
    singles: Estimate
    tens: Estimate
    detected: Estimate | None
    copies: CopyRates
    distinct_2: float
    length_distance: float
    emoji_distance: float
    wordy_share: float
    new_word_share: float


@dataclass(frozen=True)
class ImitationReport:
    """All of it.

    Attributes:
        rows: Figures of real messages, and of those written with ranking and without.
        messages: What each voice wrote, ranked, but for what its copy guards refuse; to be shown
            only where it was asked for.
    """

    rows: tuple[ImitationFigures, ...]
    messages: Mapping[str, Sequence[str]]


def measure_generated(
    examinees: Sequence[Examinee], *, seed: int, on_progress: Callable[[float], None]
) -> ImitationReport:
    """Let voices write, and compare that with messages that neither they nor a judge have seen.

    Of the messages that the voices learned, ranking knows every other one of each author, and the
    judge the rest: whoever chooses texts must not be asked how well they are chosen. Voices of
    channels are passed over.

    Raises:
        TooLittleText: There are not two people.
    """
    people = find_people(examinees)
    panel = _Panel(people, seed)
    written: dict[str, Written] = {REAL: panel.real}
    for step, (kind, candidates) in enumerate(DRAWN.items()):
        drawn = []
        for place, person in enumerate(people):
            voice = replace(person.voice, attributor=panel.ranker, member=person.subject.author)
            count = len(panel.real[place])
            drawn.append(write_messages(voice, count, candidates=candidates, seed=(seed, place)))
            done = step + (place + 1) / len(people)
            on_progress(DRAWING_SHARE * done / len(DRAWN))
        written[kind] = drawn
    rows = []
    for kind, own in written.items():
        rows.append(panel.judge(kind, own))
        on_progress(DRAWING_SHARE + (1 - DRAWING_SHARE) * len(rows) / len(written))
    messages = {
        person.label: [text for text in texts if not _is_refused(person.voice, text)]
        for person, texts in zip(people, written[RANKED], strict=True)
    }
    return ImitationReport(tuple(rows), messages)


def judge_messages(
    examinees: Sequence[Examinee], kind: str, messages: Mapping[str, Sequence[str]], *, seed: int
) -> ImitationFigures:
    """Let the same judge say the same of messages that something else wrote.

    Args:
        messages: By the labels of the voices.

    Raises:
        TooLittleText: There are not two people.
    """
    people = find_people(examinees)
    return _Panel(people, seed).judge(kind, [messages[person.label] for person in people])


def write_messages(
    voice: LoadedVoice, count: int, *, candidates: int, seed: Sequence[int]
) -> list[str]:
    """Return new messages of a voice, as they would be stored."""
    jobs = [
        Job(
            [(voice, 1.0)],
            Request(),
            choose_sampling([(voice, 1.0)]),
            np.random.default_rng([*seed, number]),
            candidates,
            boldness=BOLDNESS,
        )
        for number in range(count)
    ]
    batches = [jobs[first : first + BATCH] for first in range(0, count, BATCH)]
    outcomes = [outcome for batch in batches for _, outcome in generate_together(batch)]
    return [outcome.text for outcome in outcomes if not isinstance(outcome, TrainingError)]


def _is_refused(voice: LoadedVoice, text: str) -> bool:
    return any(guard.check(text).is_refused for guard in voice.guards)


class _Panel:
    """Who judges messages, and who ranks them: two that have not seen the same messages.

    Raises:
        TooLittleText: There are not two people.
    """

    def __init__(self, people: Sequence[Examinee], seed: int) -> None:
        self._people, self._seed = people, seed
        texts, owners = gather(people, Part.TRAIN)
        members = [person.subject.author or 0 for person in people]
        self.ranker = learn(texts[::2], [members[owner] for owner in owners[::2]])
        judge = learn(texts[1::2], owners[1::2])
        if judge is None:
            raise TooLittleText("Two people's voices are needed to tell one from the other.")
        self._judge = judge
        self._learned = _find_learned(people)
        self._lexicon = Lexicon.of(self._learned)
        rng = np.random.default_rng(seed)
        self.real = [_pick(person.texts(Part.TEST), rng) for person in people]

    def judge(self, kind: str, own: Written) -> ImitationFigures:
        """Measure one kind of messages."""
        rng = np.random.default_rng(self._seed)
        texts = [text for each in own for text in each]
        owners = np.repeat(np.arange(len(own)), [len(each) for each in own]).tolist()
        chances = self._judge.log_chances(texts)
        singles, tens = (estimate_accuracy(chances, owners, size, rng) for size in (1, 10))
        real = [text for each in self.real for text in each]
        return ImitationFigures(
            kind=kind,
            messages=len(texts),
            singles=singles,
            tens=tens,
            detected=None if kind == REAL else detect_generated(real, texts, rng),
            copies=measure_copies(texts, self._learned),
            distinct_2=find_distinct_2(texts),
            length_distance=self._compare(own, count_characters),
            emoji_distance=self._compare(own, count_emoji),
            wordy_share=find_wordy_share(texts),
            new_word_share=count_strange(self._lexicon, texts),
        )

    def _compare(self, own: Written, count: Callable[[Sequence[str]], list[int]]) -> float:
        """Return the mean distance of what is counted from what it is in learned messages."""
        pairs = zip(self._people, own, strict=True)
        distances = [
            find_distance(count(texts), count(person.texts(Part.TRAIN)))
            for person, texts in pairs
            if texts
        ]
        return float(np.mean(distances))


def _find_learned(people: Sequence[Examinee]) -> list[str]:
    """Return every message of anybody that a voice may have learned from."""
    corpus = people[0].corpus
    return corpus.texts_of(np.flatnonzero(corpus.parts != Part.TEST))


def _pick(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
    chosen = rng.permutation(len(texts))[:MESSAGES]
    return [texts[index] for index in sorted(chosen.tolist())]
