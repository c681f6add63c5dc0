"""A model that finds people, where one is wanted: any spaCy pipeline that knows persons."""

import importlib.util
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from storage.drafts import MARK, Finding
from storage.errors import MissingNameModel

PEOPLE = frozenset({"PERSON", "PER"})  # spaCy's label, by the corpus that a pipeline learned from
UNUSED = ("tagger", "morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer")


class NameModel:
    """Finds people by a pipeline that is loaded when the first text comes.

    Args:
        name: An installed pipeline, or the folder of one.

    Raises:
        MissingNameModel: There is none, or spaCy itself is missing.
    """

    def __init__(self, name: str) -> None:
        if not importlib.util.find_spec("spacy"):
            raise MissingNameModel(
                "spaCy is not installed, and a name model needs it: mimic[names]."
            )
        if not _is_there(name):
            raise MissingNameModel(
                "The name model is neither an installed pipeline nor a folder that holds one."
            )
        self._name = name

    def __call__(self, text: str) -> Iterator[Finding]:
        """Find people; what stands beside a mark is looked at again without it."""
        for entity in self._pipeline(text).ents:
            if entity.label_ in PEOPLE and MARK not in entity.text:
                yield Finding(entity.start_char, entity.end_char, "name")

    @cached_property
    def _pipeline(self) -> Any:
        import spacy

        try:
            return spacy.load(self._name, exclude=UNUSED)
        except Exception as error:  # whatever a pipeline's own code may raise
            raise MissingNameModel(
                "The name model cannot be loaded: it is damaged, or of another version of spaCy."
            ) from error


def _is_there(name: str) -> bool:
    if (Path(name) / "config.cfg").is_file():
        return True
    return name.isidentifier() and importlib.util.find_spec(name) is not None
