import pytest

from training.budget import Budget


def test_no_limit_gives_none():
    assert Budget.start(None).give(0.5, reserve=10) is None


@pytest.mark.parametrize(
    ("minutes", "share", "reserve", "seconds"),
    [(10, 1.0, 0, 600), (10, 0.7, 12, 408), (0.5, 1.0, 100, 15), (0.001, 1.0, 0, 1)],
)
def test_a_fit_takes_its_share_less_what_follows_and_at_least_half_of_it(
    minutes: float, share: float, reserve: float, seconds: float
):
    assert Budget.start(minutes).give(share, reserve=reserve) == pytest.approx(seconds, abs=0.5)


def test_time_that_is_up_still_gives_a_second():
    assert Budget(0.0).give(reserve=5) == 1
