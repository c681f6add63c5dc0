import pytest


def test_rows_come_back_in_order_with_their_figures(store):
    store.audit.record("imported", messages=3, kind="export", share=0.5)
    store.audit.record("upgraded")
    one, two = store.audit.read()
    assert (one.event, one.member, two.event) == ("imported", None, "upgraded")
    assert one.details == {"messages": 3, "kind": "export", "share": 0.5}
    assert one.at.utcoffset().total_seconds() == 0


def test_rows_are_chosen_by_member_event_and_time(store):
    ada = store.members.ensure("U0ADA1111", team_id="T0MIMIC").id
    store.audit.record("mimicked", member=ada, by=ada, channel=0)
    store.audit.record("asked", member=ada, by=ada)
    store.audit.record("mimicked")
    between = store.audit.read()[1].at
    assert [row.event for row in store.audit.read(ada)] == ["mimicked", "asked"]
    assert [row.member for row in store.audit.read(event="mimicked")] == [ada, None]
    assert [row.event for row in store.audit.read(since=between)] == ["asked", "mimicked"]
    assert store.audit.read(ada, event="mimicked", since=between) == []


@pytest.mark.parametrize("text", ["See you at noon", "ada@example.org", "", "x\n"])
def test_no_text_gets_into_the_log(store, text):
    with pytest.raises(ValueError, match="code"):
        store.audit.record("imported", note=text)
    with pytest.raises(ValueError, match="code"):
        store.audit.record(text)
    assert store.audit.read() == []
