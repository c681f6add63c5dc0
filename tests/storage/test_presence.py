import pytest

from tests.storage.slack import ADA, BOB, GONE, TEAM, register


@pytest.fixture
def store(store):
    register(store)
    return store


@pytest.fixture
def ada(store):
    return store.members.find(ADA).id


@pytest.fixture
def bob(store):
    return store.members.find(BOB).id


def test_names_are_read_of_people_who_have_one(store, ada, bob):
    store.members.register([{"id": "U0NAMELESS", "name": "U0NAMELESS"}], team_id=TEAM)
    everybody = store.presence.read_names()
    assert list(everybody.values()) == ["Ada Q.", "bobby", "Gus Host", "Gwen Oldfield"]
    assert store.presence.read_names([bob, ada]) == {ada: "Ada Q.", bob: "bobby"}
    assert store.presence.read_names([]) == {}


def test_who_has_left_has_no_name(store, ada):
    store.forget(ada, state="left")
    assert ada not in store.presence.read_names()


def test_of_those_who_are_there_the_ones_in_a_state_of_consent_are_found(store, ada, bob):
    store.consent.grant([ada, bob], actor="operator")
    here = [GONE, ADA, "U0STRANGER"]
    assert store.presence.find(here, states=["agreed"]) == [ada]
    assert set(store.presence.find([*here, BOB], states=["agreed"])) == {ada, bob}
    assert store.presence.find(here, states=["none"]) == []
