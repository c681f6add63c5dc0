"""A home with two people, their messages and tiny voices: quick to make, to copy and to restore."""

import json
from pathlib import Path

from bot.session import Session, open_session
from bot.settings import Settings
from storage.records import VoiceRow
from tests.storage.slack import BOB, grant_all, ingest, post, register, texts
from tests.training.tiny_artifacts import add_base, add_delta

RED, BLUE = "red kettles hum along", "blue kettles never do"


def fill(home: Path) -> Settings:
    """Make it; Ada and Bob have a message and a voice each, on a base."""
    settings = Settings.alone(home)
    with open_session(settings) as session:
        store, registry = session.store, session.registry
        register(store)
        grant_all(store)
        ingest(store, post(RED), post(BLUE, ts=2, user=BOB))
        people = [store.members.find(name).id for name in ("ada", "bob")]
        base = add_base(registry, members=frozenset(people))
        for member in people:
            add_delta(registry, store.voices.ensure("person", subject=member), base)
    return settings


def voice_of(session: Session, name: str) -> VoiceRow | None:
    store = session.store
    known = [member for member in store.members.list() if member.handle == name]
    return store.voices.find("person", subject=known[0].id) if known else None


def describe(settings: Settings) -> str:
    """Say all that matters of a home: whose text, which voices speak, who has said what."""
    with open_session(settings) as session:
        store = session.store
        store.check()
        voices = {}
        for voice in store.voices.list():
            version = store.voices.promoted(voice.id)
            if version:
                session.registry.artifact(version).verify_all()
                voices[voice.label] = (version.number, version.state)
                session.registry.load(voice)
        facts = {
            "texts": sorted(texts(store, public_only=False)),
            "voices": voices,
            "consent": {str(row.member): row.state for row in store.consent.list()},
        }
    return json.dumps(facts, sort_keys=True)
