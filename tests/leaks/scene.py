"""A workspace with a mark in every field, as an export and as a Slack."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fake_slack import FakeWorkspace
from tests.fake_slack.workspace import BOT
from tests.leaks.marks import Marks

TEAM = "TQZXTEAM1"
ADA, BRAM, ZED = "UQZXADA01", "UQZXBRAM1", "UQZXZED01"
HALL, VAULT = "CQZXHALL1", "GQZXVAULT"
IDS = {each: each for each in (TEAM, ADA, BRAM, ZED, HALL, VAULT)}
PEOPLE = {ADA: "ada", BRAM: "bram", ZED: "zed"}

ORDINARY = 260  # messages of each who agreed: enough for a voice
START = 1_700_000_000

WORDS = (
    ["moved", "painted", "counted", "carried", "opened", "lost"],
    ["green", "quiet", "broken", "second", "heavy", "blue"],
    ["kettle", "ladder", "window", "engine", "letter", "bridge"],
    ["cellar", "attic", "kitchen", "harbor", "station", "library"],
)


class Scene:
    """What people wrote, and who they are."""

    def __init__(self) -> None:
        self.marks = Marks()
        self.users = [self._make_user(user_id, name) for user_id, name in PEOPLE.items()]
        self.channels = [self._make_channel(HALL, "hall"), self._make_channel(VAULT, "vault")]
        self.messages = list(self._write())

    def write_export(self, folder: Path) -> Path:
        """Write the first half of the messages as an export's folder."""
        folder.mkdir()
        public = [channel for channel in self.channels if not channel["is_private"]]
        (folder / "users.json").write_text(json.dumps(self.users))
        (folder / "channels.json").write_text(json.dumps(public))
        place = folder / str(public[0]["name"])
        place.mkdir()
        said = [message for channel_id, message in self.messages if channel_id == HALL]
        (place / "2023-11-14.json").write_text(json.dumps(said[: len(said) // 2]))
        return folder

    def build_workspace(self) -> FakeWorkspace:
        """Make a Slack in which all of it was said."""
        workspace = FakeWorkspace(TEAM, self.marks.ban("team domain"))
        for user in self.users:
            workspace.users[user["id"]] = user
        for channel in self.channels:
            facts = {name: channel[name] for name in ("is_private", "topic", "purpose")}
            members = [*PEOPLE, BOT]
            workspace.add_channel(channel["id"], channel["name"], members, **facts)
        for channel_id, message in self.messages:
            workspace.add(channel_id, message)
        return workspace

    def _make_user(self, user_id: str, name: str) -> dict[str, Any]:
        seal, ban = self.marks.seal, self.marks.ban
        profile = {
            "real_name": f"{seal(f'{name} first')} {seal(f'{name} last')}",
            "display_name": seal(f"{name} display"),
            "first_name": seal(f"{name} first"),
            "last_name": seal(f"{name} last"),
            "email": f"{ban(f'{name} mailbox')}@example.org",
            "phone": "+1 212 555 0147",
            "skype": ban(f"{name} skype"),
            "title": ban(f"{name} title"),
            "status_text": ban(f"{name} status"),
            "image_72": f"https://example.org/{ban(f'{name} image')}.png",
            "fields": {"Xf1": {"value": ban(f"{name} field"), "alt": ""}},
            "team": TEAM,
        }
        flags = ("deleted", "is_bot", "is_admin", "is_owner", "is_restricted")
        user = {"id": user_id, "team_id": TEAM, "name": seal(f"{name} handle"), "tz": "UTC"}
        return {**user, **dict.fromkeys(flags, False), "is_app_user": False, "profile": profile}

    def _make_channel(self, channel_id: str, name: str) -> dict[str, Any]:
        ban = self.marks.ban
        return {
            "id": channel_id,
            "name": self.marks.seal(f"{name} channel"),
            "is_private": name == "vault",
            "topic": {"value": ban(f"{name} topic"), "creator": ADA, "last_set": 0},
            "purpose": {"value": ban(f"{name} purpose"), "creator": ADA, "last_set": 0},
            "created": START,
            "creator": ADA,
            "members": list(PEOPLE),
        }

    def _write(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield channel and message: ordinary talk, and amid it one message for each field."""
        rng = random.Random(5)
        special = list(self._write_special())
        turns = [ADA, BRAM] * ORDINARY
        every = len(turns) // len(special)
        for second, user_id in enumerate(turns):
            deed, look, thing, place = (rng.choice(words) for words in WORDS)
            text = f"I {deed} the {look} {thing} in the {place}"
            if second % 7 == 0:
                text += f" {self.marks.seal(f'{PEOPLE[user_id]} word')}"
            yield HALL, _message(user_id, text, f"{START + second}.000100")
            if special and second % every == 0:
                channel_id, message = special.pop()
                yield channel_id, {**message, "ts": f"{START + second}.000200"}

    def _write_special(self) -> Iterator[tuple[str, dict[str, Any]]]:
        ban = self.marks.ban
        for text in (
            f"write to {ban('mail in text')}@example.org or {ban('mail two')}@example.net",
            f"see <https://example.org/{ban('url path')}|{ban('url label')}>",
            f"the password: {ban('password')}7",
            f"ask @{ban('stranger')}_x about it",
            f"<@{ZED}|{ban('mention label')}> and <#{VAULT}|{ban('channel label')}>",
            f"```\nhost = {ban('code block')}\n```",
            f"key xoxb-{ban('token')}-1234567890ab",
            f"{self.marks.sealed['zed first']} {self.marks.sealed['zed last']} said no",
        ):
            yield HALL, _message(ADA, text)
        attachment = {"text": ban("attachment"), "fallback": ban("fallback"), "title": ban("title")}
        yield HALL, _message(ADA, "with an attachment", attachments=[attachment])
        section = {"type": "section", "text": {"type": "mrkdwn", "text": ban("block")}}
        yield HALL, _message(BRAM, "with blocks", blocks=[section])
        file = {"id": "F1", "name": f"{ban('file name')}.pdf", "title": ban("file title")}
        file |= {"url_private": f"https://example.org/{ban('file url')}", "preview": ban("preview")}
        yield HALL, _message(ADA, "a file", files=[file], subtype="file_share", upload=True)
        payload = {"event_type": "x", "event_payload": {"note": ban("metadata")}}
        yield HALL, _message(ADA, "metadata", metadata=payload, client_msg_id=ban("client id"))
        reactions = [{"name": ban("reaction"), "count": 1, "users": [ZED]}]
        yield HALL, _message(BRAM, "liked", reactions=reactions)
        yield HALL, _message(ZED, f"I never agreed {ban('no consent')}")
        bot = {"bot_id": "BQZX", "username": ban("bot name"), "subtype": "bot_message"}
        yield HALL, _message("", f"beep {ban('bot text')}", **bot)
        yield HALL, _message(ADA, f"{ban('joined')} has joined", subtype="channel_join")
        yield VAULT, _message(ADA, f"between us {ban('private text')}")


def _message(user_id: str, text: str, ts: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user_id, "team": TEAM, "text": text, "ts": ts, **more}
