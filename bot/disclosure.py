"""Everything that is held about one person, in words and names that this person can read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from storage.audit import AuditRow
from storage.belongings import Holdings, OwnMessage, OwnVersion
from storage.errors import StorageError
from storage.members import Member
from storage.store import Store

Facts = dict[str, Any]

_TITLES = {
    "names": "Names",
    "consent": "Consent",
    "history": "What was noted about you",
    "asked_for": "What you asked for and did",
    "voices": "Voices that learned from you",
    "runs": "Trainings that name you or were asked for by you",
    "schedules": "Schedules that name you",
    "crawls": "When your history was read in Slack",
    "departures": "When you left",
    "removals": "Messages that went away and that a voice may still know",
    "backups": "Backups that may hold your text",
}


class Disclosure:
    """What is held about a member.

    Args:
        store: What is known.
        member: Whom it is about.

    Raises:
        StorageError: It cannot be read.
    """

    def __init__(self, store: Store, member: Member) -> None:
        self._store, self._member = store, member
        self._names: dict[tuple[str, int], str] = {}

    def gather(self) -> Facts:
        """Return all but the messages: of these only how many there are."""
        store, member = self._store, self._member
        held = store.belongings.gather(member.id)
        return {
            "member": store.members.user_id(member.id),
            "names": self._gather_names(held),
            "is_bot": member.is_bot,
            "is_guest": member.is_guest,
            "is_deactivated": member.is_deactivated,
            "consent": {
                "state": held.consent.state,
                "said_by_you": held.consent.by_subject,
                "since": _show(held.consent.since),
            },
            "history": [self._describe_event(row) for row in held.about],
            "asked_for": [self._describe_deed(row) for row in held.by],
            "voices": [self._describe_version(each) for each in held.versions],
            **self._describe_rows(held),
            "backups": [
                {"made_at": _show(row.made_at)} for row in store.backups.holding(member.id)
            ],
            "messages_stored": held.messages,
        }

    def _gather_names(self, held: Holdings) -> Facts:
        """Return names by what they are; of somebody in two workspaces those of both."""
        found: dict[str, dict[str, None]] = {}
        for row in held.everywhere:
            for kind, name in self._store.members.names(row).items():
                found.setdefault(kind, {})[name] = None
        return {kind: " / ".join(names) for kind, names in found.items()}

    def messages(self) -> Iterator[Facts]:
        """Yield every stored message, by channel and time; as many as there are."""
        for message in self._store.belongings.messages(self._member.id):
            yield self._describe_message(message)

    def write(self) -> Iterator[str]:
        """Yield all of it as lines of Markdown."""
        facts = self.gather()
        yield f"# What Mimic holds about {self._member.display_name}"
        yield ""
        yield f"Slack's id: {facts['member']}. As of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
        for name, title in _TITLES.items():
            if facts[name]:
                yield from ("", f"## {title}", "")
                yield from _list_facts(facts[name])
        yield from ("", f"## Messages ({facts['messages_stored']:,})")
        yield from self._write_messages()

    def _write_messages(self) -> Iterator[str]:
        channel = None
        for message in self.messages():
            if message["channel"] != channel:
                channel = message["channel"]
                yield from ("", f"### {channel}", "")
            thread = " in a thread" if message["thread_ts"] not in (None, message["ts"]) else ""
            yield f"- {message['at']}{thread}:"
            yield from (f"  > {line}" for line in message["text"].splitlines())

    # --- rows

    def _describe_rows(self, held: Holdings) -> Facts:
        return {
            "runs": [
                {
                    "run": run.id,
                    "target": self._show_target(run.target),
                    "state": run.state,
                    "asked_for_by_you": run.requested_by == self._member.id,
                    "queued_at": _show(run.queued_at),
                    "finished_at": _show(run.finished_at),
                }
                for run in held.runs
            ],
            "schedules": [
                {"target": self._show_target(row.target), "cron": row.cron}
                for row in held.schedules
            ],
            "crawls": [
                {"started_at": _show(row.started_at), "finished_at": _show(row.finished_at)}
                for row in held.crawls
            ],
            "departures": [{"state": row.state, "at": _show(row.at)} for row in held.departures],
            "removals": [
                {
                    "channel": self._name_channel(row.channel),
                    "ts": row.ts,
                    "reason": row.reason,
                    "at": _show(row.at),
                }
                for row in held.removals
            ],
        }

    def _describe_message(self, message: OwnMessage) -> Facts:
        return {
            "channel": self._name_channel(message.channel),
            "ts": message.ts,
            "at": _show(datetime.fromtimestamp(int(message.ts.partition(".")[0]), UTC)),
            "thread_ts": message.thread_ts,
            "edited_ts": message.edited_ts,
            "text": message.text,
        }

    def _describe_version(self, own: OwnVersion) -> Facts:
        version = own.version
        return {
            "voice": self._show_target(own.voice.label),
            "version": version.number,
            "learned": "through its base" if own.is_by_base else "from your messages",
            "state": version.state,
            "speaks": version.is_current,
            "messages": version.messages,
            "people": len(version.learned_from),
            "bits_per_byte": version.bits_per_byte,
            "base_bits_per_byte": version.base_bits_per_byte,
            "tokens": version.tokens,
            "created_at": _show(version.created_at),
            "stale_since": _show(version.stale_since),
        }

    def _describe_event(self, row: AuditRow) -> Facts:
        return {"at": _show(row.at), "event": row.event, **self._translate(row)}

    def _describe_deed(self, row: AuditRow) -> Facts:
        about = {} if row.member is None else {"about": self._name_member(row.member)}
        return {"at": _show(row.at), "event": row.event, **about, **self._translate(row)}

    def _translate(self, row: AuditRow) -> Facts:
        """Return an event's details with names in place of numbers."""
        details = dict(row.details)
        if "by" in details:
            details["by"] = self._name_member(int(details["by"]))
        if channel := details.pop("channel", 0):
            details["channel"] = self._name_channel(int(channel))
        return details

    # --- names

    def _show_target(self, target: str) -> str:
        return " ".join(map(self._show_label, target.split(" ")))

    def _show_label(self, label: str) -> str:
        kind, _, subject = label.partition(":")
        if kind == "person":
            return self._name_member(int(subject))
        return self._name_channel(int(subject)) if kind == "channel" else subject or label

    def _name_member(self, member: int) -> str:
        return self._name("@", member)

    def _name_channel(self, channel: int) -> str:
        return self._name("#", channel)

    def _name(self, sign: str, row: int) -> str:
        """Return what a member or channel is called; its number where it is not here any more."""
        key = sign, row
        if key not in self._names:
            try:
                name = self._read_name(sign, row)
            except StorageError:  # a restored backup may know fewer of them
                name = str(row)
            self._names[key] = f"{sign}{name}"
        return self._names[key]

    def _read_name(self, sign: str, row: int) -> str:
        store = self._store
        return store.members.get(row).handle if sign == "@" else store.channels.get(row).name


def _show(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _list_facts(facts: Facts | list[Facts]) -> Iterator[str]:
    rows = facts if isinstance(facts, list) else [{name: fact} for name, fact in facts.items()]
    for row in rows:
        told = (f"{name}: {fact}" for name, fact in row.items() if fact is not None)
        yield f"- {', '.join(told)}"
