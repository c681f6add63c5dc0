"""Several works of many steps, side by side: at each step one call reads for all of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, pairwise, starmap
from typing import TypeVar

import numpy as np

from training.ensemble import Ensemble, Group, Steps
from training.errors import TrainingError
from training.sampling import Floats, Ids
from training.step import Model, Stack, Stepper

T = TypeVar("T")


def run_together(works: Sequence[Steps[T]]) -> list[T | TrainingError]:
    """Run works to their ends; return what each returns, or the error that ended it."""
    results = dict(run_each(works))
    return [results[number] for number in range(len(works))]


def run_each(works: Sequence[Steps[T]]) -> Iterator[tuple[int, T | TrainingError]]:
    """Run works to their ends; those that end early leave the others as they are.

    Yields:
        A work's number and what it returns, or the error that ended it, as soon as it has ended.
    """
    running, pace = dict(enumerate(works)), _Pace()
    while running:
        readings, ended = [], {}
        for number, work in running.items():
            try:
                readings.append(next(work))
            except StopIteration as end:
                ended[number] = end.value
            except TrainingError as error:
                ended[number] = error
        for number, result in ended.items():
            del running[number]
            yield number, result
        pace.advance(readings)


class _Pace:
    """Reads one token in each text of many ensembles, with one call for each step model."""

    def __init__(self) -> None:
        self._joints: dict[Model, _Joint] = defaultdict(_Joint)

    def advance(self, readings: Sequence[tuple[Ensemble, Ids]]) -> None:
        calls: dict[Model, list[tuple[Ensemble, Group, Ids]]] = defaultdict(list)
        for ensemble, tokens in readings:
            for group in ensemble.groups:
                calls[group.stepper.model].append((ensemble, group, group.spread(tokens)))
        for model, own in calls.items():
            ensembles, groups, tokens_of_each = zip(*own, strict=True)
            steppers = [group.stepper for group in groups]
            chances = self._joints[model].advance(steppers, tokens_of_each)
            for ensemble, group, its_chances in zip(ensembles, groups, chances, strict=True):
                ensemble.take(group, its_chances)


class _Joint:
    """Batches of one step model as one batch.

    It keeps the stack of the last step, because conditionings seldom change between steps.
    """

    def __init__(self) -> None:
        self._stack: Stack | None = None

    def advance(self, steppers: Sequence[Stepper], tokens: Sequence[Ids]) -> list[Floats]:
        """Read one token in every row; each batch gets the chances of its own rows."""
        if len(steppers) == 1:
            return [steppers[0].advance(tokens[0])]
        whole = self._join(steppers)
        chances = whole.advance(np.concatenate(tokens))
        ends = list(accumulate(len(own) for own in tokens))
        shares = list(starmap(slice, pairwise([0, *ends])))
        for stepper, own in zip(steppers, shares, strict=True):
            stepper.state = [values[own] for values in whole.state]
        return [chances[own] for own in shares]

    def _join(self, steppers: Sequence[Stepper]) -> Stepper:
        """Return all rows as one batch; a conditioning that several batches have is there once."""
        each = [stepper.stack.conditionings for stepper in steppers]
        places = {own: place for place, own in enumerate(dict.fromkeys(chain.from_iterable(each)))}
        if self._stack is None or self._stack.conditionings != tuple(places):
            self._stack = Stack(tuple(places))
        rows = [
            np.array([places[own] for own in conditionings])[stepper.rows]
            for stepper, conditionings in zip(steppers, each, strict=True)
        ]
        states = zip(*(stepper.state for stepper in steppers), strict=True)
        state = [np.concatenate(values) for values in states]
        return Stepper(steppers[0].model, self._stack, np.concatenate(rows), state)
