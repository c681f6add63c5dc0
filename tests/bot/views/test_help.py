import pytest

from bot.views.help import build_help
from tests.bot.views.limits import violations
from tests.bot.views.reading import read

WORDS = ["optin", "optout", "pause", "resume", "forget me", "status", "me"]


@pytest.mark.parametrize("word", WORDS)
def test_help_names_every_word(word):
    assert f"`/mimic {word}`" in read(build_help())


def test_help_tells_admins_more():
    assert "/mimic admin" in read(build_help(is_admin=True))
    assert "/mimic admin" not in read(build_help())


def test_help_keeps_slacks_limits():
    assert violations(build_help(is_admin=True)) == []
