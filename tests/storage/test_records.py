import pytest

from storage.errors import StaleVersion, UnknownVersion, VersionInUse
from tests.storage.slack import register
from tests.storage.versions import add_version


@pytest.fixture
def store(store):
    register(store)
    return store


def add(store, voice, folder, *, base=None, learned_from=(1, 2)):
    figures = {"messages": 200, "bits_per_byte": 2.25, "base_bits_per_byte": None, "tokens": 9_000}
    return add_version(store, voice, folder, learned_from, base=base, seconds=12.5, **figures)


def test_a_voice_is_made_once(store):
    one = store.voices.ensure("person", subject=1)
    assert store.voices.ensure("person", subject=1) == one == store.voices.find("person", subject=1)
    assert store.voices.find("channel", subject=1) is None
    assert (one.label, store.voices.ensure("base").label) == ("person:1", "base")
    assert store.voices.ensure("text", name="shakespeare").label == "text:shakespeare"
    assert [voice.kind for voice in store.voices.list()] == ["base", "person", "text"]


def test_a_version_comes_back_as_it_was_given(store):
    voice = store.voices.ensure("base")
    version = add(store, voice, "f1")
    assert store.voices.versions(voice.id) == (version,)
    assert (version.number, version.state, version.learned_from) == (1, "candidate", {1, 2})
    assert (version.bits_per_byte, version.base_bits_per_byte) == (2.25, None)
    assert version.created_at.utcoffset().total_seconds() == 0
    assert store.voices.promoted(voice.id) is None


def test_a_number_is_never_given_twice(store):
    voice = store.voices.ensure("base")
    store.voices.remove_version(add(store, voice, "f1").id)
    assert add(store, voice, "f2").number == 2


def test_versions_of_several_voices_are_promoted_in_one_switch_and_the_former_retire(store):
    base, person = store.voices.ensure("base"), store.voices.ensure("person", subject=1)
    old = [add(store, base, "f1"), add(store, person, "f2")]
    new = [add(store, base, "f3"), add(store, person, "f4")]
    store.voices.promote(version.id for version in old)
    store.voices.promote(version.id for version in new)
    assert [v.state for v in store.voices.versions(base.id)] == ["promoted", "retired"]
    assert store.voices.promoted(person.id).folder == "f4"


def test_a_switch_that_fails_halfway_switches_nothing(store):
    base = store.voices.ensure("base")
    old, new = add(store, base, "f1"), add(store, base, "f2")
    store.voices.promote([old.id])
    with pytest.raises(UnknownVersion):
        store.voices.promote([new.id, 99])
    assert store.voices.promoted(base.id).id == old.id


def test_a_version_that_is_set_aside_no_longer_speaks(store):
    base = store.voices.ensure("base")
    version = add(store, base, "f1")
    store.voices.promote([version.id])
    store.voices.set_state(version.id, "damaged")
    assert store.voices.promoted(base.id) is None
    store.voices.promote([version.id])
    assert store.voices.promoted(base.id).state == "promoted"


def test_a_stale_version_keeps_speaking_but_is_not_promoted_again(store):
    base = store.voices.ensure("base")
    stale, new = add(store, base, "f1"), add(store, base, "f2", learned_from=[2])
    store.voices.promote([stale.id])
    store.forget(1, state="left")
    assert store.voices.promoted(base.id).id == stale.id
    store.voices.promote([new.id])
    assert [v.state for v in store.voices.versions(base.id)] == ["promoted", "stale"]
    with pytest.raises(StaleVersion, match="train a new one"):
        store.voices.promote([stale.id])


def test_removing_a_voice_gives_its_folders(store):
    voice = store.voices.ensure("person", subject=1)
    for folder in ("f1", "f2"):
        add(store, voice, folder)
    assert store.voices.folders() == {"f1", "f2"}
    assert sorted(store.voices.remove(voice.id)) == ["f1", "f2"]
    assert store.voices.folders() == set()
    assert store.voices.list() == ()


def test_a_version_that_others_stand_on_stays(store):
    base, person = store.voices.ensure("base"), store.voices.ensure("person", subject=1)
    below = add(store, base, "f1")
    above = add(store, person, "f2", base=below.id)
    for removal in (
        lambda: store.voices.remove(base.id),
        lambda: store.voices.remove_version(below.id),
    ):
        with pytest.raises(VersionInUse, match="remove them first"):
            removal()
    store.voices.remove_version(above.id)
    store.voices.remove(base.id)


def test_an_unknown_version_is_refused(store):
    for use in (
        lambda: store.voices.set_state(99, "retired"),
        lambda: store.voices.remove_version(99),
        lambda: store.voices.is_stale(99),
    ):
        with pytest.raises(UnknownVersion):
            use()
