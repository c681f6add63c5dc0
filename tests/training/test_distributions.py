import numpy as np
import pytest
from scipy.stats import ks_2samp

from training.distributions import (
    count_emoji,
    find_distance,
    find_distinct_2,
    find_wordy_share,
)


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_is_that_of_kolmogorov_and_smirnov(seed):
    rng = np.random.default_rng(seed)
    values, others = rng.poisson(5, 40).tolist(), rng.poisson(7, 30).tolist()
    assert find_distance(values, others) == pytest.approx(ks_2samp(values, others).statistic)


def test_emoji_are_counted_as_codes_and_as_characters():
    texts = [":tada: done :+1:", "fine \U0001f642 \U0001f1eb\U0001f1f7", "at 10:30: or 11:30", ""]
    assert count_emoji(texts) == [2, 2, 0, 0]


def test_distinct_pairs_are_a_share_of_all_pairs():
    assert find_distinct_2(["a b a b", "a b"]) == pytest.approx(2 / 4)
    assert find_distinct_2(["alone"]) == 0


def test_wordy_messages_have_four_words():
    assert find_wordy_share(["one two three four", "one  two three"]) == 0.5
