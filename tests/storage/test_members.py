import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import AmbiguousMember, UnknownMember
from storage.pseudonyms import fold
from storage.store import Store
from tests.storage.slack import ADA, BOB, GONE, TEAM, USERS, ingest, post, register, texts


@pytest.fixture
def store(store):
    register(store)
    return store


def add(store: Store, user_id: str, name: str, display: str = "", **more) -> None:
    user = {"id": user_id, "name": name, "profile": {"display_name": display}, **more}
    store.members.register([user], team_id=TEAM)


def test_a_member_list_is_kept_with_names_and_flags(store):
    ada, bob, guest, robot, gone = store.members.list()
    assert (ada.handle, ada.display_name, ada.messages) == ("ada", "Ada Q.", 0)
    assert (bob.display_name, bob.is_bot, bob.is_guest) == ("bobby", False, False)
    assert (guest.is_guest, guest.display_name) == (True, "Gus Host")
    assert robot.is_bot
    assert (gone.is_deactivated, gone.consent) == (True, "paused")


def test_registering_twice_changes_nothing(store):
    before = store.members.list()
    listed = store.members.register(USERS, team_id=TEAM)
    assert store.members.list() == before
    assert listed == tuple(member.id for member in before)


def test_of_one_who_stands_in_a_list_twice_the_last_entry_counts(store):
    twice = [{"id": "U0TWICE11", "name": "old"}, {"id": "U0TWICE11", "name": "new"}]
    assert len(store.members.register(twice, team_id=TEAM)) == 1
    assert store.members.find("U0TWICE11").handle == "new"


def test_a_list_with_broken_entries_gives_the_rest(store):
    broken = [{}, {"id": None}, {"id": 7}, {"id": "U0NAMELES", "name": 3, "profile": [1]}]
    assert len(store.members.register(broken, team_id=TEAM)) == 1
    nameless = store.members.find("U0NAMELES")
    assert (nameless.handle, nameless.display_name) == ("U0NAMELES", "U0NAMELES")


def test_slackbot_is_a_bot_whatever_the_list_says(store):
    add(store, "USLACKBOT", "slackbot", is_bot=False)
    assert store.members.find("slackbot").is_bot


def test_a_new_name_replaces_the_old_one(store):
    add(store, ADA, "countess", "Ada L.")
    assert store.members.find("countess").id == store.members.find(ADA).id
    with pytest.raises(UnknownMember):
        store.members.find("ada")


def test_whoever_is_deactivated_later_is_paused_at_once_but_only_once(store):
    bob = store.members.find("bob").id
    store.consent.grant([bob], actor="import")
    add(store, BOB, "bob", deleted=True)
    assert store.members.get(bob).consent == "paused"
    store.consent.grant([bob], actor="operator")
    add(store, BOB, "bob", deleted=True)
    assert store.members.get(bob).consent == "agreed"


def test_deactivation_does_not_soften_a_no(store):
    bob = store.members.find("bob").id
    store.consent.set(bob, "never_ask", actor="subject", by_subject=True)
    add(store, BOB, "bob", deleted=True)
    assert store.members.get(bob).consent == "never_ask"


@pytest.mark.parametrize(
    "reference",
    ["@ada", "ada", "ADA", " @Ada ", "\uff41\uff44\uff41", "Ada Q.", "@ada q.", ADA, f"@{ADA}"],
)
def test_a_member_is_found_by_username_display_name_or_id(store, reference):
    assert store.members.find(reference).handle == "ada"


def test_without_a_display_name_the_real_name_is_it(store):
    assert store.members.find("gwen oldfield").id == store.members.find(GONE).id


@pytest.mark.parametrize("reference", ["zed", "@", "", "U0NOBODY1", "quill", "C0GENERAL"])
def test_nobody_is_found_by_anything_else(store, reference):
    with pytest.raises(UnknownMember) as caught:
        store.members.find(reference)
    assert caught.value.reference == reference


def test_a_username_goes_before_a_display_name(store):
    add(store, "U0OTHER11", "other", "bob")
    assert store.members.find("bob").id == store.members.find(BOB).id


def test_two_of_one_display_name_are_told_apart_by_username(store):
    add(store, "U0OTHER11", "robert", "BOBBY")
    with pytest.raises(AmbiguousMember, match="type a username") as caught:
        store.members.find("bobby")
    assert caught.value.candidates == ("@bob", "@robert")
    assert "bob" not in str(caught.value)


def test_two_of_one_username_are_told_apart_by_id_or_team(store):
    other = store.add_team("T0OTHERS1")
    store.members.register([{"id": "U0OTHER11", "name": "bob"}], team_id="T0OTHERS1")
    with pytest.raises(AmbiguousMember) as caught:
        store.members.find("@bob")
    assert caught.value.candidates == (BOB, "U0OTHER11")
    assert store.members.find("@bob", team=other).id == store.members.find("U0OTHER11").id


def test_all_forms_of_all_peoples_names_are_known_to_the_scrubber(store):
    forms = store.members.name_forms()
    assert {"ada", "Ada Quill", "Ada Q.", "Ada", "Quill", "Bob Tanner", "Gwen Oldfield"} <= forms
    assert "deploybot" not in forms


def test_a_member_that_does_not_exist_is_unknown(store):
    for use in (store.members.get, store.members.pseudonym):
        with pytest.raises(UnknownMember):
            use(99)


def test_a_pseudonym_leads_back_to_the_member(store):
    ada = store.members.find("ada").id
    assert store.members.find_pseudonym(store.members.pseudonym(ada)) == ada
    assert store.members.find_pseudonym("00") is None


def test_a_member_is_ensured_by_id_alone(store):
    assert store.members.ensure(ADA, team_id=TEAM) == store.members.find("ada")
    new = store.members.ensure("U0NEW1111", team_id=TEAM)
    assert (new.handle, new.consent, new.messages) == ("U0NEW1111", "none", 0)
    assert store.members.ensure("U0NEW1111", team_id=TEAM) == new
    elsewhere = store.members.ensure("U0NEW1111", team_id="T0OTHERS1")
    assert elsewhere.id != new.id


def test_slacks_id_comes_back_from_a_member(store):
    assert store.members.user_id(store.members.find("ada").id) == ADA
    with pytest.raises(UnknownMember):
        store.members.user_id(99)


def test_messages_are_counted_used_or_not(store):
    ada = store.members.find("ada").id
    store.consent.grant([ada], actor="import")
    ingest(store, post("one"), post("two", ts=2))
    store.consent.revoke(ada, actor="operator")
    assert store.members.get(ada).messages == 2
    assert texts(store) == []


@given(st.text())
def test_folding_twice_changes_nothing(name):
    assert fold(fold(name)) == fold(name)


class Forgotten:
    """Somebody of an unusual name, who has left, and what others say of them."""

    LIST = ({"id": "U0ZORVYN1", "name": "zorvyn", "profile": {"real_name": "Zorvyn"}},)

    def __init__(self, store):
        self.store = store
        store.members.register(self.LIST, team_id=TEAM)
        store.consent.grant([store.members.find("bob").id], actor="operator")
        self.member = store.members.find("zorvyn").id

    def forget(self, store):
        store.forget(self.member, state="left", by_subject=True)

    def talk(self, store, ts):
        ingest(store, post("please ask zorvyn about it", user=BOB, ts=ts))
        return texts(store)[-1]


@pytest.fixture
def forgotten(store):
    return Forgotten(store)


def test_who_is_forgotten_is_known_to_the_scrubber_until_the_store_is_closed(store, forgotten):
    forgotten.forget(store)
    assert forgotten.talk(store, 1) == "please ask <name> about it"


def test_who_is_forgotten_by_another_process_is_known_to_the_scrubber_all_the_same(
    store, keyring, forgotten
):
    forgotten.talk(store, 1)
    other = Store.open(f"sqlite:///{store._database.file}", keyring)
    forgotten.forget(other)
    other.close()
    assert forgotten.talk(store, 2) == "please ask <name> about it"


def test_what_was_scrubbed_before_the_name_of_who_was_forgotten_was_known_is_scrubbed_again(
    store, keyring, forgotten
):
    forgotten.forget(store)
    other = Store.open(f"sqlite:///{store._database.file}", keyring)
    assert other.consent.has_nameless()
    assert "zorvyn" in forgotten.talk(other, 1)
    for again in (True, False):
        other.members.register(forgotten.LIST, team_id=TEAM)
        assert bool(other.rescrubbing.waiting()) == again
        while other.rescrubbing.advance():
            pass
    assert texts(other) == ["please ask <name> about it"]
    other.close()


def test_a_list_that_comes_before_the_first_message_makes_no_work(store, keyring, forgotten):
    forgotten.talk(store, 1)
    while store.rescrubbing.advance():
        pass
    forgotten.forget(store)
    while store.rescrubbing.advance():
        pass
    other = Store.open(f"sqlite:///{store._database.file}", keyring)
    other.members.register(forgotten.LIST, team_id=TEAM)
    assert other.rescrubbing.waiting() == 0
    assert forgotten.talk(other, 2) == "please ask <name> about it"
    other.close()


def test_where_nobody_said_no_all_names_are_kept(store):
    assert not store.consent.has_nameless()
    store.consent.set(store.members.find("ada").id, "never_ask", actor="subject", by_subject=True)
    assert not store.consent.has_nameless()


def test_who_stands_here_twice_is_one_person(store):
    twin = store.members.ensure(ADA, team_id="T0OTHERS1")
    ada = store.members.find("ada")
    assert store.members.find(ADA) == ada != twin
