"""What runs and schedules train, as rows say it (`person:3`) and as people write it (`@ada`)."""

from collections.abc import Callable

from bot.roster import ensure_voice
from bot.targets import parse_reference
from storage.consent import OWN_NO
from storage.errors import UnknownNameError
from storage.records import VoiceRow
from storage.store import Store

EVERYTHING = "all"


def show_target(
    store: Store, target: str, *, may_see: Callable[[str], bool] = lambda _: True
) -> str:
    """Return a row's target as people write it; whoever has left stays a number.

    Args:
        may_see: Says, by its Slack id, whether the reader may know a private channel's name.
    """
    return " ".join(_show_label(store, label, may_see) for label in target.split(" "))


def read_target(store: Store, text: str) -> str:
    """Return what a person typed as a row keeps it.

    Raises:
        InvalidTarget: It is neither `all` nor one voice.
        NoSuchVoice: It is a text, which `mimic learn` reads.
        StorageError: Nobody and nothing is called that, or several are.
    """
    typed = text.strip()
    return typed if typed == EVERYTHING else ensure_voice(store, parse_reference(typed)).label


def find_labelled(store: Store, label: str) -> VoiceRow | None:
    """Return the voice that goes by a label in rows and buttons."""
    return next((voice for voice in store.voices.list() if voice.label == label), None)


def _show_label(store: Store, label: str, may_see: Callable[[str], bool]) -> str:
    kind, _, key = label.partition(":")
    try:
        if kind == "person":
            member = store.members.get(int(key))
            return label if member.consent in OWN_NO else f"@{member.handle}"
        if kind == "channel":
            channel = store.channels.get(int(key))
            is_secret = channel.kind != "public" and not may_see(
                store.channels.channel_id(int(key))
            )
            return "a private channel" if is_secret else f"#{channel.name}"
    except (UnknownNameError, ValueError):
        return label
    return key or kind
