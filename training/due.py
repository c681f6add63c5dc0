"""What has to learn anew: what knows messages that are gone, what has grown, whose base moved."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from storage.records import VersionRow, VoiceRow
from training.artifacts import ATTRIBUTOR
from training.authorship import find_authors
from training.corpus import Corpus, count_bytes
from training.errors import DamagedArtifact
from training.subject import Subject, find_material, find_obstacle
from training.voices import VoiceRegistry

BASE_GROWTH = 1.2  # of its text, that makes the base due
VOICE_GROWTH = 1.1  # of its messages, that makes a voice due
NEW_MESSAGES = 50  # that it has to have besides
PATIENCE = timedelta(days=7)  # with the base, and with what has expired, once messages are gone

_log = logging.getLogger(__name__)


def is_base_due(registry: VoiceRegistry, corpus: Corpus, current: VersionRow | None) -> bool:
    """Say whether the base has to learn: none speaks, it has grown, or somebody has left it.

    It forgets messages that are gone once the first of them has been gone for a week. What a
    newer version has learned, and failed to beat the one that speaks, is not tried again.
    One of an older Mimic cannot tell people apart, and learns to.
    """
    if current is None or not is_sound(registry, current):
        return True
    if registry.store.voices.is_stale(current.id):
        return True
    if _is_past(registry.store.removals.carried(current.id).since):
        return True
    newest = registry.store.voices.versions(current.voice)[0]
    if newest.id == current.id and _is_without_attributor(registry, corpus, current):
        return True
    learned_bytes = max(_count_learned(registry, version) for version in (current, newest))
    return count_bytes(corpus.texts) >= BASE_GROWTH * learned_bytes


def _is_without_attributor(registry: VoiceRegistry, corpus: Corpus, base: VersionRow) -> bool:
    has_attributor = registry.artifact(base).has(ATTRIBUTOR)
    return not has_attributor and len(find_authors(corpus)) > 1


def is_sound(registry: VoiceRegistry, base: VersionRow) -> bool:
    """Say whether a base's folder is what was registered; a damaged one is named in the log."""
    try:
        registry.artifact(base).verify_all()
    except DamagedArtifact as error:
        _log.warning("%s The base is trained again.", error)
        return False
    return True


def find_candidates(registry: VoiceRegistry, corpus: Corpus) -> list[VoiceRow]:
    """Return the voices of messages that speak, and those of all who have enough of them."""
    store = registry.store
    speaking = [
        voice
        for voice in store.voices.list()
        if voice.kind in ("person", "channel") and store.voices.promoted(voice.id) is not None
    ]
    return list(dict.fromkeys([*speaking, *_find_ready(registry, corpus)]))


def is_voice_due(registry: VoiceRegistry, corpus: Corpus, voice: VoiceRow) -> bool:
    """Say whether a voice has to learn and has the text for it.

    It forgets messages that were deleted at the next run, and what has expired once the first has
    been gone for a week. What a newer version has been tried on, and failed to beat the one that
    speaks, is not tried again.
    """
    own, subject = find_material(registry.store, corpus, voice)
    if find_obstacle(own, subject):
        return False
    promoted = registry.store.voices.promoted(voice.id)
    if promoted is None or promoted.stale_since is not None:
        return True
    carried = registry.store.removals.carried(promoted.id)
    if carried.deleted or _is_past(carried.expired_since):
        return True
    newest = registry.store.voices.versions(voice.id)[0]
    if newest.base != _find_base(registry) or is_first(registry, newest):
        return True
    messages = len(subject.select_all(own))
    new = messages - newest.messages
    return messages >= VOICE_GROWTH * newest.messages and new >= NEW_MESSAGES


def _is_past(since: datetime | None) -> bool:
    return since is not None and datetime.now(UTC) - since >= PATIENCE


def _find_ready(registry: VoiceRegistry, corpus: Corpus) -> Iterator[VoiceRow]:
    """Yield the voice of everybody and every public channel with enough text for one."""
    voices = registry.store.voices
    for author in sorted(set(corpus.authors.tolist())):
        if not find_obstacle(corpus, Subject(author=author)):
            yield voices.ensure("person", subject=author)
    for channel in sorted(set(corpus.channels.tolist())):
        if not find_obstacle(corpus, Subject(channel=channel)):
            yield voices.ensure("channel", subject=channel)


def _count_learned(registry: VoiceRegistry, base: VersionRow) -> int:
    if base.stale_since is not None:  # more than may be learned now
        return 0
    try:
        return int(registry.artifact(base).metadata["bytes"])
    except DamagedArtifact:
        return 0


def _find_base(registry: VoiceRegistry) -> int | None:
    row = registry.store.voices.find("base")
    base = registry.store.voices.promoted(row.id) if row else None
    return base.id if base else None


def is_first(registry: VoiceRegistry, version: VersionRow) -> bool:
    """Say whether a version was made in a hurry, to speak until there is a trained one."""
    try:
        return bool(registry.artifact(version).metadata.get("is_first"))
    except DamagedArtifact:
        return True  # as good as none
