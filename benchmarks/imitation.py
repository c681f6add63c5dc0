"""Whose messages generated ones are taken for, and what they repeat: Mimic beside markovify."""

import random
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.contest import is_installed
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop
from bot.planning import find_prospects
from bot.session import Session, open_session
from bot.settings import Settings
from storage.records import VoiceRow
from training.bundles import Estimate
from training.corpus import TESTING, Part, build_corpus
from training.examinees import Examinee
from training.imitation import (
    RANKED,
    REAL,
    UNRANKED,
    ImitationFigures,
    judge_messages,
    measure_generated,
)
from training.recognition import find_people
from training.supervision import Supervision

PEER = "markovify"
MOST = 8  # people of a workspace: those who wrote most
SEED = 1
_ASKED = 20  # times for each message: markovify drops what is too like a line that it knows
_TEXT = """Messages of up to {most} people, {minutes:g} minutes of training for all of a workspace,
by figures of `mimic evaluate --test`. Voices learn all but the newest tenth of each person's
messages, of which a hundred are the *people's own*. markovify {version} has a model for each
person of the same messages, one to a line, with its defaults: two words of state, and its own
filter against repetition. *One* and *ten*: how often a judge gives a message, or ten at a time,
to the right person. *Detector*: how often one tells real messages from these; 0.5 is chance.
*Exact* and *near* copies are of anybody's learned messages. *Lengths* and *emoji* are distances
from what each person learned, 0 to 1. *New words*: messages with a word that nobody wrote in
what voices learned."""
_HEAD = (
    "workspace",
    "written by",
    "messages",
    "one",
    "ten",
    "detector",
    "exact",
    "near",
    "distinct-2",
    "lengths",
    "emoji",
    "≥ 4 words",
    "new words",
)
_NAMES = {REAL: "people's own", RANKED: "Mimic", UNRANKED: "Mimic, unranked", PEER: PEER}


def measure_imitation(workshop: Workshop, *, runs: int) -> Table | None:  # noqa: ARG001  one is minutes
    """Judge all by the same judge, in each workspace; None without the peer."""
    if not is_installed(PEER):
        return None
    neighbors = Neighbors()
    homes = {"sample": workshop.home, "another": workshop.another}
    rows = [
        (name, *_write(figures))
        for name, home in homes.items()
        if home is not None
        for figures in _measure(home, workshop.minutes)
    ]
    text = _TEXT.format(most=MOST, minutes=workshop.minutes, version=version(PEER))
    return Table("Imitation", text, _HEAD, rows, neighbors.describe())


def _measure(home: Path, minutes: float) -> tuple[ImitationFigures, ...]:
    with open_session(Settings.alone(home)) as session:
        return imitate(session, minutes=minutes)


def imitate(session: Session, *, minutes: float) -> tuple[ImitationFigures, ...]:
    """Train voices that are not kept, let them and the peer write, and judge all messages."""
    from training.trial import Trial  # TensorFlow takes memory and seconds

    trial = Trial(session.registry, Supervision(lambda _: None))
    corpus = build_corpus(session.store.messages.read(), TESTING)
    pupils = trial.enroll(corpus, _find_busiest(session))
    with trial.teach(corpus, pupils, minutes=minutes) as taught:
        people = find_people(list(taught))
        report = measure_generated(people, seed=SEED, on_progress=_tell)
    written = {one.label: draw_peer(one, len(report.messages[one.label])) for one in people}
    return *report.rows, judge_messages(people, PEER, written, seed=SEED)


def _find_busiest(session: Session) -> list[VoiceRow]:
    """Return those who have enough messages, as voices to be."""
    found = find_prospects(session.store)
    ready = [one for one in found if one.kind == "person" and not one.obstacle]
    return [VoiceRow(0, one.kind, one.subject, None) for one in ready[:MOST]]


def draw_peer(person: Examinee, count: int) -> list[str]:
    """Return so many messages of markovify, or what it has where it repeats too much."""
    learned = person.texts(Part.TRAIN, Part.HELD_OUT)
    lines = "\n".join(" ".join(text.split()) for text in learned)
    random.seed(SEED)  # it draws from the one that all programs share
    model: Any = import_module(PEER).NewlineText(lines)
    drawn = (model.make_sentence() for _ in range(_ASKED * count))
    return list(islice(filter(None, drawn), count))


def _write(figures: ImitationFigures) -> Iterator[str]:
    yield from (_NAMES.get(figures.kind, figures.kind), f"{figures.messages:,}")
    yield from map(_write_estimate, (figures.singles, figures.tens, figures.detected))
    yield from (f"{share:.1%}" for share in (figures.copies.exact, figures.copies.near))
    yield from (f"{figure:.2f}" for figure in (figures.distinct_2, figures.length_distance))
    yield f"{figures.emoji_distance:.2f}"
    yield from (f"{share:.0%}" for share in (figures.wordy_share, figures.new_word_share))


def _write_estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _tell(share: float) -> None:
    sys.stderr.write(f"\r{share:.0%}")
