import pytest

from training.recipe import stream_recipe


@pytest.mark.parametrize("level", ["char", "subword", "word"])
def test_a_large_text_that_has_little_time_gets_a_smaller_model(level):
    hurried = stream_recipe(1_000_000, 70, level, seconds=150)
    unhurried = stream_recipe(1_000_000, 70, level, seconds=1_500)
    assert hurried.shape.hidden_size < unhurried.shape.hidden_size
    assert unhurried == stream_recipe(1_000_000, 70, level)


@pytest.mark.parametrize("tokens", [2_000, 50_000, 250_000])
def test_a_small_text_gets_the_same_model_whatever_the_time(tokens: int):
    hurried, unhurried = (stream_recipe(tokens, 70, "char", seconds=n) for n in (1, None))
    assert hurried.shape == unhurried.shape


def test_what_is_read_only_a_few_times_is_hardly_dropped():
    hurried, unhurried = (stream_recipe(1_000_000, 70, "char", seconds=n) for n in (150, None))
    assert hurried.dropout.between < unhurried.dropout.between
    assert hurried.dropout.recurrent == 0


def test_a_model_grows_with_its_text():
    sizes = [stream_recipe(n, 70, "char").shape.hidden_size for n in (2_000, 50_000, 1_000_000)]
    assert sizes == sorted(set(sizes))


def test_characters_are_embedded_in_no_more_values_than_there_are_of_them():
    assert stream_recipe(50_000, 70, "char").shape.embedding_size == 70
