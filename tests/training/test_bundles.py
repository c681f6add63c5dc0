import numpy as np
import pytest

from training.bundles import estimate_accuracy


def weigh(hits: list[int]) -> np.ndarray:
    """Chances of two owners; 1 where the first is likelier."""
    return np.log(np.array([[0.6, 0.4] if hit else [0.4, 0.6] for hit in hits]))


def test_single_messages_count_as_often_as_they_are_right():
    chances = weigh([1] * 80 + [0] * 20 + [0] * 100)
    estimate = estimate_accuracy(chances, [0] * 100 + [1] * 100, 1, np.random.default_rng(0))
    assert estimate.value == pytest.approx(0.9, abs=0.01)
    assert 0.84 < estimate.low < 0.88
    assert 0.92 < estimate.high < 0.96


def test_more_messages_make_a_judge_surer():
    chances = weigh([1] * 70 + [0] * 30 + [0] * 70 + [1] * 30)
    owners = [0] * 100 + [1] * 100
    single, ten = (
        estimate_accuracy(chances, owners, size, np.random.default_rng(0)) for size in (1, 11)
    )
    assert single.value == pytest.approx(0.7, abs=0.02)
    assert ten.value > 0.88


def test_few_messages_make_wide_intervals():
    def width(count: int) -> float:
        chances = weigh([1, 1, 1, 0] * (count // 4) + [0, 0, 0, 1] * (count // 4))
        owners = [0] * count + [1] * count
        estimate = estimate_accuracy(chances, owners, 1, np.random.default_rng(0))
        return estimate.high - estimate.low

    assert width(16) > 2 * width(400)


def test_the_same_seed_gives_the_same_figures():
    chances = weigh([1, 0] * 20)
    estimates = {
        estimate_accuracy(chances, [0] * 40, 10, np.random.default_rng(3)) for _ in range(2)
    }
    assert len(estimates) == 1
