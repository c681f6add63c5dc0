"""What Slack would send: a small invented workspace, and messages in it."""

from storage.ingestion import IngestPolicy, IngestReport, RawMessage
from storage.store import Store

TEAM = "T0MIMIC"
GENERAL = "C0GENERAL"
RANDOM = "C0RANDOM1"
OFFICE = "G0OFFICE1"  # private
PARTNERS = "C0PARTNER"  # Slack Connect
DIRECT = "D0DIRECT1"
ADA, BOB, GUEST, ROBOT, GONE = "U0ADA1111", "U0BOB1111", "U0GUEST11", "U0ROBOT11", "U0GONE111"

USERS = [
    {
        "id": ADA,
        "name": "ada",
        "profile": {
            "real_name": "Ada Quill",
            "display_name": "Ada Q.",
            "first_name": "Ada",
            "last_name": "Quill",
        },
    },
    {"id": BOB, "name": "bob", "real_name": "Bob Tanner", "profile": {"display_name": "bobby"}},
    {"id": GUEST, "name": "gus", "is_restricted": True, "profile": {"real_name": "Gus Host"}},
    {"id": ROBOT, "name": "deploybot", "is_bot": True, "profile": {"real_name": "Deploy"}},
    {"id": GONE, "name": "gwen", "deleted": True, "profile": {"real_name": "Gwen Oldfield"}},
]
CHANNELS = {
    "public": [
        {"id": GENERAL, "name": "general"},
        {"id": RANDOM, "name": "random"},
        {"id": PARTNERS, "name": "partners", "is_ext_shared": True},
    ],
    "private": [{"id": OFFICE, "name": "office"}],
    "dm": [{"id": DIRECT}],
}


def register(store: Store) -> None:
    store.members.register(USERS, team_id=TEAM)
    for kind, channels in CHANNELS.items():
        store.channels.register(channels, team_id=TEAM, kind=kind)


def grant_all(store: Store) -> None:
    store.consent.grant([member.id for member in store.members.list()], actor="import")


def post(text="good morning", *, ts=1, user=ADA, channel=GENERAL, edited=None, **more):
    payload = {"type": "message", "user": user, "text": text, "ts": stamp(ts), **more}
    if edited is not None:
        payload["edited"] = {"user": user, "ts": stamp(edited)}
    return RawMessage(channel, payload)


def change(message: RawMessage) -> RawMessage:
    """Say it as Slack says an edit."""
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": stamp(999)}
    return RawMessage(message.channel_id, {**event, "message": message.payload})


def deletion(ts=1, *, channel=GENERAL) -> RawMessage:
    event = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": stamp(999)}
    return RawMessage(channel, {**event, "deleted_ts": stamp(ts)})


def stamp(seconds: int) -> str:
    return f"{1_700_000_000 + seconds}.000100"


def ingest(store: Store, *messages: RawMessage, include=(), **policy) -> IngestReport:
    rules = IngestPolicy(team_id=TEAM, include=frozenset(include), **policy)
    return store.ingest(messages, policy=rules)


def texts(store: Store, **which) -> list[str]:
    return [message.text for message in store.messages.read(**which)]
