"""From what the user named to voices: `@ada`, `#random`, `shakespeare`, and `base`."""

from bot.errors import NoSuchVoice
from bot.targets import BASE, Reference
from storage.records import VoiceRow
from storage.store import Store


def find_voice(store: Store, reference: Reference) -> VoiceRow:
    """Return the voice of a reference; `base` is the workspace's own.

    Raises:
        NoSuchVoice: Nothing was trained for it.
        StorageError: Nobody and nothing is called that, or several are.
    """
    row = _look_up(store, reference)
    if row is None:
        raise NoSuchVoice(
            "This TARGET has no voice yet: `mimic voices` lists those there are, and "
            "`mimic train` says who has enough messages for one.",
            reference=reference.name,
        )
    return row


def ensure_voice(store: Store, reference: Reference) -> VoiceRow:
    """Return the voice to train, made now if it is new.

    Raises:
        NoSuchVoice: It is a text, which `mimic learn` reads.
        StorageError: Nobody and nothing is called that, or several are.
    """
    if reference.name == BASE:
        return store.voices.ensure("base")
    if reference.kind == "text":
        raise NoSuchVoice(
            "Only members and channels are trained: `mimic learn` reads a text.",
            reference=reference.name,
        )
    return store.voices.ensure(reference.kind, subject=_find_subject(store, reference))


def propose_voice(store: Store, reference: Reference) -> VoiceRow:
    """Return the voice of a reference; that of a member or channel need not be stored yet.

    Raises:
        NoSuchVoice: It is a text or the base, and nothing was trained for it.
        StorageError: Nobody and nothing is called that, or several are.
    """
    row = _look_up(store, reference)
    if row is not None or reference.kind == "text":
        return row or find_voice(store, reference)
    return VoiceRow(0, reference.kind, _find_subject(store, reference), None)


def find_trained(store: Store) -> list[VoiceRow]:
    """Return every voice of a member or channel that speaks."""
    return [
        row
        for row in store.voices.list()
        if row.kind in ("person", "channel") and store.voices.promoted(row.id) is not None
    ]


def _look_up(store: Store, reference: Reference) -> VoiceRow | None:
    if reference.name == BASE:
        return store.voices.find("base")
    if reference.kind == "text":
        return store.voices.find("text", name=reference.name)
    return store.voices.find(reference.kind, subject=_find_subject(store, reference))


def _find_subject(store: Store, reference: Reference) -> int:
    if reference.kind == "person":
        return store.members.find(reference.name).id
    return store.channels.find(reference.name).id
