from contextlib import closing

import pytest

from storage.consent import OWN_NO
from storage.errors import ConsentError, UnknownMember
from storage.store import Store
from tests.storage.flushes import BRIEFLY, DURABLE, list_flushes
from tests.storage.slack import ADA, register


@pytest.fixture
def store(store):
    register(store)
    return store


@pytest.fixture
def ada(store):
    return store.members.find("ada").id


def state(store, member):
    return store.members.get(member).consent


def test_nobody_has_agreed_at_first(store, ada):
    assert state(store, ada) == "none"
    assert not store.consent.allows(ada)


def test_granting_lets_members_be_used_and_says_who_did_it(store, ada):
    assert store.consent.grant([ada], actor="operator") == (1, 0)
    assert store.consent.allows(ada)
    [row] = store.audit.read(ada)
    assert (row.event, row.details) == (
        "consent_agreed",
        {"actor": "operator", "by_subject": False},
    )


def test_those_who_may_be_used_are_listed(store, database_url, keyring, ada):
    assert store.consent.list_usable() == frozenset()
    bob = store.members.find("bob").id
    store.consent.grant([ada, bob], actor="operator")
    store.consent.set(bob, "declined", actor="subject", by_subject=True)
    assert store.consent.list_usable() == {ada}
    everybody = {row.member for row in store.consent.list() if row.state != "paused"}
    with closing(Store.open(database_url, keyring, consent_default="opt-out")) as silent:
        assert silent.consent.list_usable() == everybody - {bob}


def test_granting_twice_changes_nothing(store, ada):
    for _ in range(2):
        assert store.consent.grant([ada], actor="operator") == (1, 0)
    assert len(store.audit.read(ada)) == 1


@pytest.mark.parametrize("no", sorted(OWN_NO))
def test_a_persons_own_no_beats_every_flag_until_they_take_it_back(store, ada, no):
    store.consent.set(ada, no, actor="subject", by_subject=True)
    assert store.consent.grant([ada], actor="import") == (0, 1)
    with pytest.raises(ConsentError, match="nobody else can take that back"):
        store.consent.set(ada, "none", actor="operator")
    with pytest.raises(ConsentError):
        store.consent.revoke(ada, actor="operator")
    assert state(store, ada) == no
    assert store.consent.grant([ada], actor="subject", by_subject=True) == (1, 0)
    assert state(store, ada) == "agreed"


def test_a_persons_own_pause_is_not_lifted_by_a_flag_or_a_detour(store, ada):
    store.consent.revoke(ada, actor="subject", by_subject=True)
    store.consent.revoke(ada, actor="operator")
    assert store.consent.grant([ada], actor="import") == (0, 1)
    with pytest.raises(ConsentError):
        store.consent.set(ada, "none", actor="operator")
    store.consent.set(ada, "declined", actor="operator")
    assert state(store, ada) == "declined"


def test_an_operators_pause_is_lifted_by_a_flag(store, ada):
    store.consent.revoke(ada, actor="operator")
    assert not store.consent.allows(ada)
    assert store.consent.grant([ada], actor="import") == (1, 0)


def test_silence_counts_only_where_the_workspace_says_so(store, ada, database_url, keyring):
    lenient = type(store).open(database_url, keyring, consent_default="opt-out")
    assert lenient.consent.allows(ada)
    lenient.consent.set(ada, "asked", actor="bot")
    assert lenient.consent.allows(ada)
    assert not store.consent.allows(ada)
    lenient.close()


def test_the_list_says_where_everybody_stands(store, ada):
    store.consent.set(ada, "asked", actor="bot")
    [row] = [row for row in store.consent.list() if row.member == ada]
    assert (row.state, row.by_subject) == ("asked", False)
    assert row.since.utcoffset().total_seconds() == 0
    assert len(store.consent.list()) == 5


def test_one_member_is_asked_about_alone(store, ada):
    store.consent.grant([ada], actor="subject", by_subject=True)
    row = store.consent.get(ada)
    assert (row.member, row.state, row.by_subject) == (ada, "agreed", True)
    assert row in store.consent.list()


def test_an_unknown_member_is_refused(store):
    with pytest.raises(UnknownMember):
        store.consent.revoke(99, actor="operator")
    with pytest.raises(UnknownMember):
        store.consent.get(99)
    assert store.consent.grant([99], actor="operator") == (0, 0)
    assert not store.consent.allows(99)


@pytest.mark.parametrize("actor", ["U0ADA1111", "Ada Quill", "@ada", "", "a" * 33])
def test_a_name_or_id_is_no_actor(store, ada, actor):
    with pytest.raises(ValueError, match="code"):
        store.consent.grant([ada], actor=actor)
    assert state(store, ada) == "none"


@pytest.mark.parametrize("by_subject", [True, False])
def test_what_people_say_themselves_outlasts_a_power_cut(store, ada, by_subject):
    levels = list_flushes(store)
    store.consent.set(ada, "never_ask", actor="x", by_subject=by_subject)
    store.consent.grant([ada], actor="x", by_subject=by_subject)
    store.consent.revoke(ada, actor="x", by_subject=True)
    assert levels == [DURABLE if by_subject else BRIEFLY] * 2 + [DURABLE]


def test_that_somebody_was_asked_changes_nothing_about_who_has_spoken(store, ada):
    bob = store.members.find("bob").id
    store.consent.note_asked(ada, by=bob)
    assert state(store, ada) == "asked"
    store.consent.revoke(ada, actor="subject", by_subject=True)
    store.consent.note_asked(ada, by=bob)
    assert state(store, ada) == "paused"
    assert [row.details for row in store.audit.read(ada, event="asked")] == [{"by": bob}] * 2


def test_a_no_holds_wherever_the_person_stands(store, ada):
    twin = store.members.ensure(ADA, team_id="T0OTHERS1").id
    store.consent.grant([ada, twin], actor="operator")
    store.consent.revoke(ada, actor="operator")
    assert state(store, twin) == "paused"
    store.consent.revoke(twin, actor="subject", by_subject=True)
    assert store.consent.get(ada).by_subject
    store.consent.set(ada, "never_ask", actor="subject", by_subject=True)
    assert state(store, twin) == "never_ask"


def test_a_pause_in_one_workspace_does_not_soften_a_no_in_another(store, ada):
    twin = store.members.ensure(ADA, team_id="T0OTHERS1").id
    store.consent.set(ada, "declined", actor="subject", by_subject=True)
    store.consent.grant([twin], actor="subject", by_subject=True)
    store.consent.revoke(twin, actor="subject", by_subject=True)
    assert (state(store, ada), state(store, twin)) == ("declined", "paused")
