import pytest

from tests.storage.slack import register
from tests.storage.versions import add_version


@pytest.fixture
def store(store):
    register(store)
    return store


def test_the_versions_that_speak_are_told_from_those_that_do_not(store):
    assert store.speaking.count() == (0, None)
    base, person = store.voices.ensure("base"), store.voices.ensure("person", subject=1)
    old, own = add_version(store, base, "f1"), add_version(store, person, "f2")
    new = add_version(store, base, "f3")
    store.voices.promote([old.id, own.id])
    store.voices.promote([new.id])
    assert store.speaking.find(["f1", "f2", "f3", "f4"]) == {"f2", "f3"}
    assert store.speaking.find(["f3"]) == {"f3"}
    assert store.speaking.count() == (2, own.created_at)
