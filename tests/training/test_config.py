import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import Dropout


@pytest.mark.parametrize(("epochs", "share"), [(0, 1 / 3), (6, 2 / 3), (12, 1), (40, 1)])
def test_dropout_grows_to_its_rates_and_stays(epochs: float, share: float):
    assert Dropout(full_after=12).share_after(epochs) == pytest.approx(share)


@given(st.floats(0, 100))
def test_dropout_that_need_not_grow_is_full_from_the_start(epochs: float):
    assert Dropout().share_after(epochs) == 1
