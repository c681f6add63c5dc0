"""People found by a spaCy pipeline, where one is named."""

# ruff: noqa: RUF001 (the brackets are meant)

import re
import subprocess
import sys

import pytest

from storage.anonymization import Scrubber
from storage.errors import MissingNameModel
from storage.keys import Keyring
from storage.name_model import NameModel
from storage.store import Store


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    import spacy

    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Zaphod Beeblebrox"},
            {"label": "PER", "pattern": [{"LOWER": "trillian"}]},
            {"label": "ORG", "pattern": "Heart of Gold"},
        ]
    )
    folder = tmp_path_factory.mktemp("pipelines") / "tiny"
    nlp.to_disk(folder)
    return str(folder)


@pytest.mark.slow
def test_people_are_replaced_and_nothing_else_that_the_pipeline_knows(pipeline):
    scrubber = Scrubber([], name_model=NameModel(pipeline))
    text = "Zaphod Beeblebrox stole the Heart of Gold for trillian, &lt;name&gt; `trillian`"
    assert scrubber.scrub(text).text == (
        "<name> stole the Heart of Gold for <name>, ‹name› `trillian`"
    )
    assert Scrubber([]).scrub("tell trillian").text == "tell trillian"


@pytest.mark.slow
def test_the_store_scrubs_with_the_pipeline_that_it_was_opened_with(pipeline, tmp_path):
    url = f"sqlite:///{tmp_path}/mimic.db"
    store = Store.open(url, Keyring(bytes(range(32))), name_model=pipeline)
    assert store.scrubber().scrub("so trillian said").text == "so <name> said"
    store.close()


LOADED = pytest.param("json", marks=pytest.mark.slow)  # by spaCy, which takes its time to load


@pytest.mark.parametrize("name", ["no_such_pipeline", "/no/such/folder", "../x.y", "", LOADED])
def test_a_pipeline_that_is_not_there_is_one_plain_sentence(name):
    with pytest.raises(MissingNameModel, match=r"^The name model .*\.$"):
        NameModel(name)("Ada met trillian").__next__()


@pytest.mark.slow
def test_a_damaged_pipeline_is_one_plain_sentence(tmp_path):
    (tmp_path / "config.cfg").write_text("[nlp]\nlang = 3\n")
    with pytest.raises(MissingNameModel, match="damaged"):
        list(NameModel(str(tmp_path))("Ada"))


def test_no_database_is_made_where_the_pipeline_is_missing(tmp_path):
    url = f"sqlite:///{tmp_path}/mimic.db"
    with pytest.raises(MissingNameModel):
        Store.open(url, Keyring(bytes(range(32))), name_model="no_such_pipeline")
    assert not list(tmp_path.iterdir())


def test_neither_spacy_nor_faker_is_loaded_before_a_text_asks_for_it():
    code = (
        "import sys; from storage.anonymization import Scrubber; scrubber = Scrubber(['Ada']);"
        "scrubber.scrub('lunch with ada today?');"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not re.findall(r"\b(?:spacy|faker)\b", done.stdout)
