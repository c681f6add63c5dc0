import pytest

from bot.errors import InvalidTarget, NoSuchVoice
from bot.labels import find_labelled, read_target, show_target
from storage.store import Store


@pytest.fixture
def known(store: Store) -> Store:
    """Ada, two channels, one of them private."""
    store.members.register([{"id": "U0ADA0001", "name": "ada"}], team_id="T0")
    for channel, name, kind in (
        ("C0RAND001", "random", "public"),
        ("G0BOARD01", "board", "private"),
    ):
        store.channels.register([{"id": channel, "name": name}], team_id="T0", kind=kind)
    return store


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("all", "all"), ("base", "base"), ("@ada", "person:1"), ("channel:random", "channel:1")],
)
def test_what_is_typed_is_kept_as_labels_and_shown_again(known, typed, kept):
    assert read_target(known, f" {typed} ") == kept
    assert show_target(known, kept) == typed.replace("channel:", "#")


def test_several_labels_are_shown_beside_each_other(known):
    assert show_target(known, "base person:1 text:ferry") == "base @ada ferry"


@pytest.mark.parametrize("label", ["person:99", "channel:99"])
def test_what_is_not_known_any_more_stays_a_number(known, label):
    assert show_target(known, label) == label


def test_a_private_channel_is_named_to_those_who_may_know(known):
    asked = []
    assert show_target(known, "channel:2") == "#board"
    shown = show_target(known, "channel:1 channel:2", may_see=lambda each: bool(asked.append(each)))
    assert shown == "#random a private channel"
    assert asked == ["G0BOARD01"]


@pytest.mark.parametrize(("typed", "error"), [("", InvalidTarget), ("shakespeare", NoSuchVoice)])
def test_what_cannot_be_trained_is_refused(known, typed, error):
    with pytest.raises(error):
        read_target(known, typed)


def test_a_voice_is_found_by_its_label(known):
    voice = known.voices.ensure("person", subject=1)
    assert find_labelled(known, "person:1") == voice
    assert find_labelled(known, "person:2") is None
