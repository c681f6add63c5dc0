"""How surely texts would be taken for their author's: what the attributor adds to the ranking."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.ensemble import Parts

WEIGHT = 0.3  # of a nat of log p(author | text), beside a nat a token of log p(voice) / p(base)


def recognize(parts: Parts, texts: Sequence[str]) -> NDArray[np.float64]:
    """Return what is added to each text's score.

    That is the weighted mean, over the voices of a blend, of log p(author | text); nothing for a
    voice that is no person's, or whose person the base cannot tell apart yet.
    """
    added, total = np.zeros(len(texts)), sum(weight for _, weight in parts)
    for voice, weight in parts:
        attributor = voice.attributor
        if attributor is not None and voice.member in attributor.authors:
            column = attributor.authors.index(voice.member)
            added += WEIGHT * weight / total * attributor.log_chances(texts)[:, column]
    return added
