"""Heat maps: who is best has the deepest shade, and one's own stands in a frame."""

from dataclasses import replace

from bot.page.heat import SHADES, draw_confusion, draw_matrix
from tests.bot.found import ATTRIBUTION, MATRIX


def shades(heat):
    return [[tile.shade for tile in row.tiles] for row in heat.rows]


def test_the_best_of_each_row_is_deepest_and_the_worst_distance_palest():
    heat = draw_matrix(MATRIX)
    assert shades(heat) == [[SHADES, 0], [0, SHADES]]
    assert [[tile.is_best for tile in row.tiles] for row in heat.rows] == [
        [True, False],
        [False, True],
    ]
    assert "0.50 bits" in heat.pale


def test_a_distance_has_one_shade_in_all_rows():
    heat = draw_matrix(replace(MATRIX, bits_per_byte=((2.0, 3.0), (5.5, 5.0))))
    assert shades(heat) == [[SHADES, 0], [SHADES // 2, SHADES]]


def test_ones_own_is_framed_even_where_another_is_better():
    heat = draw_matrix(replace(MATRIX, bits_per_byte=((3.0, 2.0), (2.0, 2.0))))
    assert [[tile.is_own for tile in row.tiles] for row in heat.rows] == [
        [True, False],
        [False, True],
    ]
    assert not heat.rows[0].tiles[0].is_best


def test_a_single_voice_has_a_map_too():
    heat = draw_matrix(replace(MATRIX, voices=("@ada",), messages=(10,), bits_per_byte=((2.0,),)))
    assert shades(heat) == [[SHADES]]


def test_confusion_is_shaded_by_the_share_of_the_row():
    heat = draw_confusion(replace(ATTRIBUTION, confusion=((8, 0), (15, 5))))
    assert shades(heat) == [[SHADES, 0], [SHADES * 3 // 4, SHADES // 4]]
    assert [row.messages for row in heat.rows] == ["8", "20"]
