"""How texts differ as a whole from others: in length, in emoji, in how rich their words are."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from training.copies import is_wordy

EMOJI = re.compile(
    r"(?<!\w):[a-z0-9_+'-]+:"  # Slack's codes, and no time of day
    r"|[\U0001F1E6-\U0001F1FF]{2}|[\U0001F300-\U0001FAFF\u2600-\u27BF]"  # flags, pictures
)


def find_distance(values: Sequence[float], others: Sequence[float]) -> float:
    """Return the largest distance between the distribution functions of two samples.

    Args:
        values: At least one.
        others: At least one.

    Source: Kolmogorov 1933, Smirnov 1948, https://doi.org/10.1214/aoms/1177730256
    """
    points = np.union1d(values, others)
    shares = [
        np.sort(each).searchsorted(points, side="right") / len(each) for each in (values, others)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


def count_characters(texts: Sequence[str]) -> list[int]:
    """Return the length of each text."""
    return [len(text) for text in texts]


def count_emoji(texts: Sequence[str]) -> list[int]:
    """Return how many emoji each text has, as codes or as characters."""
    return [len(EMOJI.findall(text)) for text in texts]


def find_distinct_2(texts: Sequence[str]) -> float:
    """Return how many different pairs of words in a row there are, for each pair.

    It falls with the number of texts: compare as many.

    Source: Li et al. 2016, https://arxiv.org/abs/1510.03055
    """
    words = [text.split() for text in texts]
    pairs = [pair for each in words for pair in pairwise(each)]
    return len(set(pairs)) / max(len(pairs), 1)


def find_wordy_share(texts: Sequence[str]) -> float:
    """Return the share of texts that are wordy."""
    return float(np.mean([is_wordy(text) for text in texts]))
