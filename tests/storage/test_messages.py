import pytest

from storage import messages as room
from storage.errors import WrongKey
from tests.storage.slack import (
    BOB,
    OFFICE,
    PARTNERS,
    RANDOM,
    deletion,
    grant_all,
    ingest,
    post,
    register,
    stamp,
    texts,
)


@pytest.fixture
def store(store):
    register(store)
    grant_all(store)
    ingest(
        store,
        post("late", ts=9),
        post("early", ts=1),
        post("blue", ts=5, user=BOB, thread_ts=stamp(1)),
        post("elsewhere", ts=2, channel=RANDOM),
        post("behind a door", ts=3, channel=OFFICE),
        post("with partners", ts=4, channel=PARTNERS),
        include={"private", "connect"},
    )
    return store


def test_messages_come_by_channel_and_time_from_public_channels(store):
    assert texts(store) == ["early", "blue", "late", "elsewhere", "with partners"]


def test_a_channel_that_is_named_is_read_whatever_kind_it_is(store):
    office = store.channels.find("office").id
    assert texts(store, channel=office) == ["behind a door"]
    assert len(texts(store, public_only=False)) == 6


def test_one_authors_messages_are_read_alone(store):
    bob = store.members.find("bob").id
    [message] = store.messages.read(author=bob)
    assert (message.author, message.text, message.thread_ts) == (bob, "blue", stamp(1))
    assert texts(store, author=bob, channel=store.channels.find("random").id) == []
    assert texts(store, author=99) == []


def test_who_is_on_pause_is_not_read(store):
    ada = store.members.find("ada").id
    store.consent.revoke(ada, actor="operator")
    assert texts(store) == ["blue"]
    store.consent.grant([ada], actor="operator")
    assert len(texts(store)) == 5


def test_who_turns_out_to_be_a_bot_is_not_read(store):
    store.members.register([{"id": BOB, "is_bot": True}], team_id="T0MIMIC")
    assert "blue" not in texts(store)


@pytest.mark.parametrize(
    "which",
    [{}, {"author": 2}, {"author": 1, "channel": 2}, {"channel": 4}, {"public_only": False}],
)
def test_the_count_is_of_what_is_read(store, which):
    for _ in range(2):
        assert store.messages.count(**which) == len(texts(store, **which))
        store.consent.revoke(1, actor="operator")


def test_more_than_a_page_is_read_whole(store):
    many = range(10, 10 + 2 * room.PAGE + 1)
    ingest(store, *(post(str(number), ts=number, channel=RANDOM) for number in many))
    found = texts(store, channel=store.channels.find("random").id)
    assert found == ["elsewhere", *map(str, many)]


def test_a_row_that_was_moved_does_not_open(store):
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE messages SET ts = '1700000007.000100' WHERE author = 2")
    with pytest.raises(WrongKey):
        list(store.messages.read(author=2))


def test_a_channel_s_outline_has_keys_alone(store):
    general = store.channels.find("general").id
    early, blue, late = (stamp(1), None), (stamp(5), stamp(1)), (stamp(9), None)
    assert sorted(store.messages.outline(general, since_ts="")) == [early, blue, late]
    assert store.messages.outline(general, since_ts=stamp(5)) == [late]
    ingest(store, deletion(9))
    assert store.messages.outline(general, since_ts=stamp(5)) == []
