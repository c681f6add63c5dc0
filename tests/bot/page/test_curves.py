"""Loss curves: what falls goes down on the picture, and the axes have round numbers."""

import math

import pytest

from bot.page.curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_curves
from tests.bot.found import BASE_LEARNING
from training.testing import Learning


def learn(*bits, tokens=1_000.0):
    moments = [
        {"step": number, "tokens": number * tokens, "bits_per_byte": each}
        for number, each in enumerate(bits, start=1)
    ]
    return Learning("@ada", moments)


def test_both_lines_stay_within_the_axes():
    chart = draw_curves(BASE_LEARNING)
    assert [(line.name, len(line.points)) for line in chart.lines] == [
        ("training_bits", 3),
        ("bits_per_byte", 3),
    ]
    for line in chart.lines:
        assert all(
            LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT - BOTTOM for x, y in line.points
        )


def test_fewer_bits_are_further_down_and_the_lowest_is_ringed():
    chart = draw_curves(BASE_LEARNING)
    held_out = chart.lines[1].points
    assert held_out[0][1] < held_out[2][1] < held_out[1][1]
    assert chart.best == held_out[1]
    assert chart.lowest == 2.5


def test_ticks_are_round_and_stand_where_their_figure_does():
    chart = draw_curves(learn(3.0, 2.0))
    assert [tick.text for tick in chart.up] == ["2.0", "2.5", "3.0"]
    held_out = chart.lines[1].points
    assert chart.up[-1].place == pytest.approx(held_out[0][1])
    assert chart.up[0].place == pytest.approx(held_out[1][1])


@pytest.mark.parametrize(
    ("tokens", "unit", "last"),
    [
        (40.0, "tokens read", "80"),
        (1e5, "thousand tokens read", "200"),
        (1e6, "million tokens read", "2.0"),
    ],
)
def test_tokens_are_counted_in_what_suits_them(tokens, unit, last):
    chart = draw_curves(learn(3.0, 2.0, tokens=tokens))
    assert chart.unit == unit
    assert chart.across[0].text in ("0", "0.0")
    assert chart.across[-1].text == last


def test_a_single_figure_and_a_level_line_can_be_drawn():
    for learning in (learn(2.0), learn(2.0, 2.0), learn(2.0, tokens=0.0)):
        chart = draw_curves(learning)
        assert all(math.isfinite(place) for point in chart.lines[1].points for place in point)
        assert chart.up
        assert chart.across


def test_figures_that_ran_away_are_left_out():
    chart = draw_curves(learn(3.0, math.nan, math.inf, 2.0))
    assert len(chart.history) == 2
    assert draw_curves(learn(math.inf)) is None
    assert draw_curves(Learning("base", ())) is None
