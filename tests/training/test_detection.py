import numpy as np
import pytest

from training.detection import detect_generated

THINGS = [f"{word} {number}" for word in ("kettle", "spoon", "teapot") for number in range(20)]


@pytest.mark.slow
def test_what_looks_the_same_is_not_told_apart():
    rng = np.random.default_rng(0)
    shuffled = [THINGS[index] for index in rng.permutation(len(THINGS))]
    estimate = detect_generated(shuffled[:30], shuffled[30:], rng)
    assert estimate is not None
    assert estimate.value < 0.7


@pytest.mark.slow
def test_what_looks_different_is_told_apart():
    real = [f"{thing}, please!" for thing in THINGS]
    generated = [f"{thing} {thing} and so on" for thing in THINGS]
    estimate = detect_generated(real, generated, np.random.default_rng(0))
    assert estimate is not None
    assert estimate.low > 0.95


@pytest.mark.slow
def test_a_detector_is_not_asked_about_what_it_has_learned():
    rng = np.random.default_rng(1)
    noise = ["".join(rng.choice(list("abcdefgh"), 12)) for _ in range(120)]
    estimate = detect_generated(noise[:60], noise[60:], rng)
    assert estimate is not None
    assert estimate.value < 0.7


def test_of_too_few_messages_nothing_is_said():
    assert detect_generated(["a"], ["b"] * 9, np.random.default_rng(0)) is None
