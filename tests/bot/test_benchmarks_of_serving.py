"""The figures of memory and of starting: that they are taken, not what they are."""

import os
import shutil
from pathlib import Path

import pytest

from benchmarks.crowd import TALES, VOICES, Crowd, name_person, name_tale
from benchmarks.memory import measure_memory
from benchmarks.processes import find_tree, measure_tree
from benchmarks.starting import measure_starting
from benchmarks.workshop import Workshop
from bot.targets import parse_target


@pytest.fixture
def workshop(speaking, sample) -> Workshop:
    workshop = Workshop(speaking.parent)
    shutil.copy(sample, workshop.export)
    return workshop


def test_what_a_process_holds_is_seen_from_outside():
    assert next(find_tree(os.getpid())) == os.getpid()
    before = measure_tree(os.getpid())
    held = bytearray(os.urandom(50_000_000))
    assert measure_tree(os.getpid()) - before == pytest.approx(len(held) / 1e6, abs=5)


@pytest.mark.slow
def test_a_thousand_voices_speak_in_a_crowd(workshop: Workshop, tmp_path: Path):
    crowd = Crowd(tmp_path / "crowd", workshop)
    for _ in range(2):  # the second time it is there
        crowd.gather()
    with crowd.opened() as session:
        voices = session.store.voices
        assert sum(bool(voices.promoted(row.id)) for row in voices.list()) == VOICES
        lent = [
            session.mimicry.open(parse_target(name))
            for name in (name_person(0), name_person(1), name_tale(0), name_tale(TALES - 1))
        ]
        steps = [parts[0][0].network.step for parts in (speaker._parts for speaker in lent)]
        assert steps[0] is steps[1]
        assert len({id(step) for step in steps}) == 3


@pytest.mark.slow
def test_memory_and_start_are_measured_on_a_real_bot(workshop: Workshop):
    memory, starting = measure_memory(workshop, runs=1), measure_starting(workshop, runs=1)
    assert memory.rows[0][0] == "ready, before the first voice"
    assert len(memory.rows) == 5
    assert len(starting.rows) == 4
    assert all(len(row) == len(table.head) for table in (memory, starting) for row in table.rows)
