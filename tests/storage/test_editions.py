from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from storage.editions import MessageRow
from storage.ingestion import Edition
from tests.storage.slack import stamp

times = st.sampled_from(["", stamp(5), stamp(9)])
editions = st.builds(
    Edition,
    ts=st.just(stamp(1)),
    user_id=st.just("U0ADA1111"),
    text=st.sampled_from(["a", "b", "c"]),
    thread_ts=st.sampled_from(["", stamp(0)]),
    edited_ts=times,
    user_team_id=st.none(),
    void=st.none(),
)


def take(row: MessageRow, edition: Edition, *, scrub_version: int = 1) -> bool:
    mac = edition.text.encode()
    return row.take(edition, author=7, mac=mac, scrub_version=scrub_version)


def write(text="a", **more) -> Edition:
    values = {"thread_ts": "", "edited_ts": "", "user_team_id": None, **more}
    return Edition(ts=stamp(1), user_id="U0ADA1111", text=text, **values)


def new_row() -> MessageRow:
    return MessageRow(channel=1, ts=stamp(1))


@given(st.lists(editions, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_editions_gives_the_same_row(several, random):
    one, other = new_row(), new_row()
    for edition in several:
        take(one, edition)
    shuffled = several + random.choices(several, k=3)
    random.shuffle(shuffled)
    for edition in shuffled:
        take(other, edition)
    assert one == other


@given(st.lists(editions, max_size=4), st.integers(0, 4))
def test_a_deletion_leaves_nothing_whenever_it_comes(several, place):
    row = new_row()
    for edition in several[:place]:
        take(row, edition)
    row.delete()
    assert row == replace(new_row(), is_deleted=True, is_changed=True)


def test_the_later_edit_wins():
    row = new_row()
    assert take(row, write("b", edited_ts=stamp(5)))
    assert not take(row, write("c"))
    assert row.raw == "b"
    assert take(row, write("a", edited_ts=stamp(6)))
    assert row.raw == "a"


def test_an_equal_text_is_not_scrubbed_again():
    row = new_row()
    take(row, write())
    row.raw, row.sealed, row.is_changed = None, b"sealed", False
    assert not take(row, write())
    assert take(row, write(edited_ts=stamp(5)))
    assert (row.raw, row.sealed, row.edited_ts) == (None, b"sealed", stamp(5))


def test_a_newer_scrub_version_replaces_and_an_older_one_does_not():
    row = new_row()
    take(row, write(), scrub_version=2)
    row.raw = None
    assert not take(row, write(), scrub_version=1)
    assert take(row, write(), scrub_version=3)
    assert (row.raw, row.scrub_version) == ("a", 3)


def test_a_thread_found_later_is_joined():
    row = new_row()
    take(row, write())
    row.raw = None
    assert take(row, write(thread_ts=stamp(0)))
    assert (row.thread_ts, row.raw) == (stamp(0), None)
    assert not take(row, write())


def test_an_edit_that_may_not_be_stored_ends_the_text_before_it():
    row = new_row()
    take(row, write("a"))
    row.end(write("b", edited_ts=stamp(5)))
    assert (row.author, row.raw, row.raw_mac, row.edited_ts) == (None, None, None, stamp(5))
    assert not take(row, write("a"))
    assert take(row, write("b", edited_ts=stamp(5)))


def test_an_edition_that_replaced_nothing_ends_nothing():
    row = new_row()
    take(row, write("a", edited_ts=stamp(5)))
    for older in (write("b"), write("b", edited_ts=stamp(5))):
        row.end(older)
    assert row.raw == "a"


def test_an_edit_to_nothing_leaves_a_mark_without_author():
    row = new_row()
    take(row, write("a"))
    assert take(row, write("", edited_ts=stamp(5), void="empty"))
    assert (row.author, row.raw, row.edited_ts) == (None, None, stamp(5))
