from itertools import islice, pairwise

import numpy as np
import pytest

from benchmarks.lessons import TIME, Lesson, draw_weights

LESSON = Lesson(np.arange(4_000, dtype=np.int32), np.arange(20_000, dtype=np.int32), 50)


def test_targets_are_the_next_tokens_and_rows_go_on_from_window_to_window():
    windows = list(islice(LESSON.windows(batch=3), 5))
    for inputs, targets in windows:
        assert inputs.shape == targets.shape == (TIME, 3)
        assert (targets == inputs + 1).all()
    for (before, _), (after, _) in pairwise(windows):
        assert (after[0] == before[-1] + 1).all()


def test_a_text_that_is_read_to_its_end_begins_again():
    inputs = [window for window, _ in islice(LESSON.windows(batch=20), 4)]
    assert (inputs[0] == inputs[3]).all()


def test_all_are_judged_by_as_many_tokens_whatever_their_batch():
    sizes = {sum(inputs.size for inputs, _ in LESSON.exam(batch)) for batch in (16, 32, 64)}
    assert sizes == {16_384}


@pytest.mark.slow
def test_the_same_seed_draws_the_same_weights():
    first, second, other = (draw_weights(50, seed)["layer_2/kernel"] for seed in (1, 1, 2))
    assert (first == second).all()
    assert not np.allclose(first, other)
