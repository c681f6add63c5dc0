import pytest


def test_rows_come_back_in_order_with_their_figures(store):
    store.audit.record("imported", messages=3, kind="export", share=0.5)
    store.audit.record("upgraded")
    one, two = store.audit.read()
    assert (one.event, one.member, two.event) == ("imported", None, "upgraded")
    assert one.details == {"messages": 3, "kind": "export", "share": 0.5}
    assert one.at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize("text", ["See you at noon", "ada@example.org", "", "x\n"])
def test_no_text_gets_into_the_log(store, text):
    with pytest.raises(ValueError, match="code"):
        store.audit.record("imported", note=text)
    with pytest.raises(ValueError, match="code"):
        store.audit.record(text)
    assert store.audit.read() == []
