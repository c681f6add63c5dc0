import pytest

from storage.consent import OWN_NO
from storage.errors import ConsentError, UnknownMember
from tests.storage.slack import register


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
