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


# A name stands in for an id: here `standup` for LATER, as a folder without a list is known.
LATER = "C0STANDUP"


def stand_in(store, kind="public", name="standup"):
    store.channels.register([{"id": name, "name": name}], team_id=TEAM, kind=kind)


def tell(store, kind="public", channel_id=LATER, name="standup", team=TEAM):
    store.channels.register([{"id": channel_id, "name": name}], team_id=team, kind=kind)


def list_known(store):
    """Every channel but those of the list: its id, name and kind."""
    before = {channel["id"] for kind in CHANNELS.values() for channel in kind}
    found = ((store.channels.channel_id(each.id), each) for each in store.channels.list())
    return [(slack_id, each.name, each.kind) for slack_id, each in found if slack_id not in before]


def test_a_name_stands_in_for_the_one_channel_called_so(store):
    before = store.channels.list()
    stand_in(store, name="random")
    stand_in(store, name="RANDOM")
    assert store.channels.list() == before


def test_a_stand_in_takes_the_id_once_it_is_known(store):
    stand_in(store)
    guessed = store.channels.find("standup").id
    assert list_known(store) == [("standup", "standup", "public")]
    tell(store)
    assert list_known(store) == [(LATER, "standup", "public")]
    assert store.channels.find(LATER).id == guessed


def test_a_stand_in_s_messages_are_those_of_the_channel(store):
    grant_all(store)
    stand_in(store)
    ingest(store, post("before", channel="standup"))
    tell(store)
    again = post("before", channel=LATER)
    assert ingest(store, again, post("after", ts=2, channel=LATER)).messages_unchanged == 1
    assert ingest(store, post("before", channel="standup")).messages_unchanged == 1
    standup = store.channels.find("standup").id
    assert store.messages.count(channel=standup, public_only=False) == 2


def test_the_order_of_name_and_id_makes_no_difference(store):
    for know in (stand_in, tell, stand_in, tell):
        know(store)
    assert list_known(store) == [(LATER, "standup", "public")]


@pytest.mark.parametrize("order", [(stand_in, tell), (tell, stand_in)])
def test_what_was_taken_for_public_is_private_if_its_id_says_so(store, order):
    for know in order:
        know(store, "private" if know is tell else "public")
    assert list_known(store) == [(LATER, "standup", "private")]


@pytest.mark.parametrize("kind", ["private", "group_dm", "dm"])
@pytest.mark.parametrize("order", [(stand_in, tell), (tell, stand_in)])
def test_what_is_private_does_not_become_a_public_channel_of_the_same_name(store, order, kind):
    for know in order:
        know(store, "public" if know is tell else kind)
    assert sorted(list_known(store)) == [
        (LATER, "standup", "public"),
        ("standup", "standup", kind),
    ]


def test_a_stand_in_that_was_private_once_stays_so(store):
    stand_in(store, "private")
    stand_in(store, "public")
    assert list_known(store) == [("standup", "standup", "private")]


def test_a_name_that_two_channels_have_stands_in_for_neither(store):
    tell(store)
    tell(store, channel_id="C0STANDU2")
    stand_in(store)
    assert {slack_id for slack_id, _, _ in list_known(store)} == {LATER, "C0STANDU2", "standup"}


def test_a_second_channel_of_the_name_stays_one_of_its_own(store):
    stand_in(store)
    tell(store)
    tell(store, channel_id="C0STANDU2")
    assert {slack_id for slack_id, _, _ in list_known(store)} == {LATER, "C0STANDU2"}


def test_a_name_stands_in_for_no_channel_of_another_workspace(store):
    stand_in(store)
    tell(store, team="T0OTHERS1")
    assert {slack_id for slack_id, _, _ in list_known(store)} == {LATER, "standup"}


def test_names_are_compared_as_file_systems_write_them(store):
    stand_in(store, name="caf\u00e9")
    tell(store, name="cafe\u0301")
    assert list_known(store) == [(LATER, "caf\u00e9", "public")]


def test_an_id_that_stands_for_its_name_takes_the_name_from_nobody(store):
    before = store.channels.list()
    stand_in(store, name=GENERAL)
    assert store.channels.list() == before
    stand_in(store, "private", name=GENERAL)
    general = store.channels.find(GENERAL)
    assert (general.name, general.kind) == ("general", "private")


def test_a_channel_that_is_only_named_after_another_s_id_is_itself(store):
    tell(store, name=GENERAL.lower())
    assert store.channels.find(GENERAL).name == "general"
    assert store.channels.find(LATER).name == GENERAL.lower()
