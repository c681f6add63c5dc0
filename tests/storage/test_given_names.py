import subprocess
import sys

import pytest

from storage.given_names import first_names, is_name, last_names, sure_names
from tests.storage.world_names import LEXICON, LISTS, read_names


@pytest.mark.slow
@pytest.mark.parametrize("kind", LISTS)
def test_the_lists_are_what_faker_has(kind):
    assert (LEXICON / LISTS[kind]).read_text(encoding="utf-8") == read_names(kind)


def test_names_are_known_with_and_without_their_accents():
    assert {"rené", "rene", "siobhan"} <= first_names()
    assert {"müller", "muller"} <= last_names()
    assert is_name("oyelaran") is ("oyelaran" in last_names())


def test_a_first_name_that_means_something_else_is_not_sure():
    assert "grace" in first_names()
    assert "grace" not in sure_names()


def test_faker_is_not_needed_to_scrub_a_strangers_name():
    program = (
        "import sys; from storage.anonymization import Scrubber;"
        "text = Scrubber(()).scrub('ask Siobhan about it').text;"
        "assert text == 'ask <name> about it', text; assert 'faker' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
