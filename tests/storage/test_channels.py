import pytest

from storage.errors import AmbiguousChannel, UnknownChannel
from tests.storage.slack import CHANNELS, DIRECT, GENERAL, TEAM, grant_all, ingest, post, register


@pytest.fixture
def store(store):
    register(store)
    return store


def test_a_channel_list_is_kept_with_names_and_kinds(store):
    found = {channel.name: (channel.kind, channel.is_shared) for channel in store.channels.list()}
    assert found == {
        "general": ("public", False),
        "random": ("public", False),
        "partners": ("public", True),
        "office": ("private", False),
        DIRECT: ("dm", False),
    }


def test_registering_twice_changes_nothing(store):
    before = store.channels.list()
    assert store.channels.register(CHANNELS["public"], team_id=TEAM, kind="public") == 3
    assert store.channels.list() == before


def test_a_channel_that_became_private_is_private(store):
    store.channels.register([{"id": GENERAL, "name": "general"}], team_id=TEAM, kind="private")
    assert store.channels.find("general").kind == "private"


@pytest.mark.parametrize(
    ("mark", "kind"), [("is_private", "private"), ("is_im", "dm"), ("is_mpim", "group_dm")]
)
def test_a_channel_is_never_taken_for_more_public_than_it_says(store, mark, kind):
    store.channels.register([{"id": "C0NEW1111", mark: True}], team_id=TEAM, kind="public")
    assert store.channels.find("C0NEW1111").kind == kind


@pytest.mark.parametrize(
    "reference", ["#random", "channel:random", "random", "#RANDOM", "C0RANDOM1"]
)
def test_a_channel_is_found_by_name_or_id(store, reference):
    assert store.channels.find(reference).name == "random"


@pytest.mark.parametrize("reference", ["#nowhere", "", "#", "C0NOWHERE", "U0ADA1111"])
def test_no_channel_is_found_by_anything_else(store, reference):
    with pytest.raises(UnknownChannel):
        store.channels.find(reference)


def test_two_of_one_name_are_told_apart_by_id_or_team(store):
    other = store.add_team("T0OTHERS1")
    store.channels.register(
        [{"id": "C0RANDOM2", "name": "random"}], team_id="T0OTHERS1", kind="public"
    )
    with pytest.raises(AmbiguousChannel, match="type the channel's id") as caught:
        store.channels.find("#random")
    assert caught.value.candidates == ("C0RANDOM1", "C0RANDOM2")
    assert store.channels.find("#random", team=other) == store.channels.find("C0RANDOM2")


def test_a_channel_that_does_not_exist_is_unknown(store):
    for use in (store.channels.get, store.channels.pseudonym):
        with pytest.raises(UnknownChannel):
            use(99)


def test_a_pseudonym_leads_back_to_the_channel(store):
    general = store.channels.find("general").id
    assert store.channels.find_pseudonym(store.channels.pseudonym(general)) == general


def test_messages_are_counted(store):
    grant_all(store)
    ingest(store, post("one"), post("two", ts=2))
    assert store.channels.find("general").messages == 2


def test_a_channel_is_ensured_by_id_and_its_id_comes_back(store):
    register(store)
    general = store.channels.find("general")
    assert store.channels.ensure(GENERAL, team_id=TEAM, kind="private") == general
    new = store.channels.ensure("C0NEW1111", team_id=TEAM, kind="public")
    assert (new.name, new.kind, new.is_shared) == ("C0NEW1111", "public", False)
    assert store.channels.ensure("C0NEW1111", team_id=TEAM, kind="public") == new
    assert store.channels.channel_id(general.id) == GENERAL
    with pytest.raises(UnknownChannel):
        store.channels.channel_id(99)
