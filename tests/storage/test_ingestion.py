import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.ingestion import Deletion, Edition, read_payload
from tests.storage.slack import change, deletion, post, stamp

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
fields = st.sampled_from(
    ["type", "subtype", "user", "text", "ts", "thread_ts", "edited", "message", "deleted_ts",
     "hidden", "bot_id", "user_team"]
)  # fmt: skip


def read(text="good morning", **more):
    return read_payload(post(text, **more).payload)


def test_a_persons_words_are_kept_with_thread_and_edit():
    edition = read("hi", thread_ts=stamp(0), edited=5, user_team="T0MIMIC")
    assert edition == Edition(
        ts=stamp(1),
        user_id="U0ADA1111",
        text="hi",
        thread_ts=stamp(0),
        edited_ts=stamp(5),
        user_team_id="T0MIMIC",
    )


@pytest.mark.parametrize("subtype", ["thread_broadcast", "me_message", "file_share"])
def test_subtypes_with_a_persons_words_are_kept(subtype):
    assert isinstance(read(subtype=subtype), Edition)


@pytest.mark.parametrize(
    "subtype",
    [
        "channel_join", "channel_leave", "channel_topic", "group_purpose", "channel_archive",
        "channel_convert_to_private", "message_replied", "ekm_access_denied", "reminder_add",
        "pinned_item", "huddle_thread", "bot_add", "joiner_notification", "slackbot_response",
        "tabbed_canvas_updated", "something_new", "", 7, ["file_share"],
    ],
)  # fmt: skip
def test_other_and_unknown_subtypes_are_dropped(subtype):
    assert read(subtype=subtype) == "subtype"


@pytest.mark.parametrize(
    "mark",
    [
        {"bot_id": "B1"},
        {"app_id": "A1"},
        {"bot_profile": {"name": "x"}},
        {"subtype": "bot_message"},
        {"user": "USLACKBOT"},
    ],
)
def test_what_a_machine_wrote_is_dropped(mark):
    assert read(**mark) == "bot"


def test_what_is_hidden_is_dropped():
    assert read(hidden=True) == "subtype"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("/mimic @ada lunch?", "bot"),
        ("  /mimic", "bot"),
        ("/mimicry is an art", None),
        ("try /mimic some day", None),
    ],
)
def test_nothing_and_the_bots_own_command_are_void(text, reason):
    assert read(text).void == reason


def test_a_file_without_a_word_is_void():
    payload = {**post(subtype="file_share").payload}
    del payload["text"]
    assert read_payload(payload).void == "empty"


@pytest.mark.parametrize(
    "ts",
    [None, 1494517568.512661, "1494517568", "1494517568.51266", "149451756.512661",
     "1494517568.512661 ", "١٤٩٤٥١٧٥٦٨.512661", "p1494517568512661", "", []],
)  # fmt: skip
def test_a_message_without_a_well_formed_ts_is_malformed(ts):
    payload = {**post().payload, "ts": ts}
    assert read_payload(payload) == "malformed"
    assert read_payload({**payload, "subtype": "tombstone"}) == "malformed"
    assert read_payload({**deletion().payload, "deleted_ts": ts}) == "malformed"


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "text",
        {},
        {**post().payload, "type": "user_typing"},
        {**post().payload, "text": ["no", "text"]},
        {**post().payload, "user": None},
        {**post().payload, "user": ""},
        {"subtype": "message_changed", "message": None},
        {"subtype": "message_deleted"},
    ],
)
def test_what_makes_no_sense_is_malformed(payload):
    assert read_payload(payload) == "malformed"


def test_what_is_far_longer_than_slack_allows_is_no_message():
    assert isinstance(read("x" * 100_000), Edition)
    assert read("x" * 100_001) == "malformed"


def test_a_broken_thread_or_edit_mark_is_left_out():
    edition = read(thread_ts="soon", edited=None)
    assert (edition.thread_ts, edition.edited_ts) == ("", "")
    for edited in ("yesterday", {"ts": 5}, {}, []):
        assert read_payload({**post().payload, "edited": edited}).edited_ts == ""


def test_an_edit_in_an_export_is_read_as_the_message_it_made():
    edited = post("good evening", edited=3)
    assert read_payload(change(edited).payload) == read_payload(edited.payload)


def test_a_change_into_a_machines_message_is_dropped():
    assert read_payload(change(post(bot_id="B1")).payload) == "bot"


def test_deletions_are_read_in_all_three_forms():
    tombstone = post("This message was deleted.", user="USLACKBOT", subtype="tombstone", ts=4)
    for message in (deletion(4), tombstone, change(tombstone)):
        assert read_payload(message.payload) == Deletion(stamp(4))


@given(st.dictionaries(fields, json_values) | json_values)
def test_whatever_stands_in_a_file_gets_an_answer(payload):
    answer = read_payload(payload)
    assert isinstance(answer, (Edition, Deletion)) or answer in ("malformed", "subtype", "bot")


@given(st.dictionaries(fields, json_values))
def test_a_well_keyed_message_with_odd_fields_gets_an_answer(odd):
    answer = read_payload({**odd, "ts": stamp(1)})
    if isinstance(answer, Edition):
        assert answer.user_id
        assert all(isinstance(each, str) for each in (answer.text, answer.thread_ts))
