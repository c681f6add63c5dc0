from dataclasses import replace

import numpy as np
import pytest

from tests.training.tiny_voices import build_voice
from training.authorship import learn
from training.config import SamplingConfig
from training.generation import Request, generate
from training.likeness import WEIGHT, recognize

ADA, BOB = 4, 9
ATTRIBUTOR = learn(["eeee eee", "ee eeee"] * 3 + ["tttt tt", "t ttt"] * 3, [ADA] * 6 + [BOB] * 6)
TEXTS = ["eeee", "tttt"]


def test_a_text_that_is_taken_for_its_author_counts_more():
    added = recognize([(replace(build_voice(), attributor=ATTRIBUTOR, member=ADA), 1.0)], TEXTS)
    assert ATTRIBUTOR is not None
    assert added == pytest.approx(WEIGHT * ATTRIBUTOR.log_chances(TEXTS)[:, 0])
    assert added[0] > added[1]


def test_a_blend_is_to_be_taken_for_all_of_its_parts():
    ada, bob = (replace(build_voice(), attributor=ATTRIBUTOR, member=who) for who in (ADA, BOB))
    alone = [recognize([(voice, 1.0)], TEXTS) for voice in (ada, bob)]
    assert recognize([(ada, 3.0), (bob, 1.0)], TEXTS) == pytest.approx(
        0.75 * alone[0] + 0.25 * alone[1]
    )


@pytest.mark.parametrize("member", [None, 77])
def test_nothing_is_added_for_a_voice_that_nobody_can_be_told_by(member):
    voice = replace(build_voice(), attributor=ATTRIBUTOR, member=member)
    assert recognize([(voice, 1.0)], TEXTS).tolist() == [0, 0]
    assert recognize([(build_voice(), 1.0)], TEXTS).tolist() == [0, 0]


def test_of_the_candidates_one_like_its_author_is_taken():
    sampling = SamplingConfig(temperature=1.0, min_p=0.0, max_tokens=12)
    voice = build_voice(bias={"e": 2.0, "t": 2.0})

    def count(member: int) -> int:
        own = replace(voice, attributor=ATTRIBUTOR, member=member)
        texts = [
            generate([(own, 1.0)], Request(), sampling, rng=np.random.default_rng(seed)).text
            for seed in range(30)
        ]
        return sum(text.count("e") - text.count("t") for text in texts)

    assert count(ADA) > count(BOB)


def test_the_score_stays_what_the_voice_and_its_base_say():
    voice = build_voice()
    plain, ranked = (
        generate(
            [(each, 1.0)], Request(), SamplingConfig(), rng=np.random.default_rng(1), candidates=1
        )
        for each in (voice, replace(voice, attributor=ATTRIBUTOR, member=ADA))
    )
    assert plain == ranked
