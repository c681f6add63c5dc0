"""Turn posts into the files of a Slack workspace export, field by field."""

import datetime
import json
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from bot.sample.conversations import Post
from bot.sample.team import App, Channel, Person, Team
from bot.sample.timeline import HOUR, SECOND, write_ts

Record = dict[str, Any]

_SLACK_MIDNIGHT = 8 * HOUR  # exports cut their day files in California, not at UTC's midnight
_WITHOUT_CLIENT_ID = {"me_message", "thread_broadcast"}


def export_files(
    team: Team, posts: Sequence[Post], rng: random.Random
) -> Iterator[tuple[str, str]]:
    """Give the path and the JSON of every file, posts being in order of time."""
    yield "users.json", _dump([*(_user(team, person) for person in team.people), _app_user(team)])
    yield "channels.json", _dump([_channel(team, channel) for channel in team.channels])
    yield "integration_logs.json", _dump([_integration(team)])
    replies: dict[int, list[Post]] = defaultdict(list)
    days: dict[str, list[Record]] = defaultdict(list)
    for post in posts:
        if post.root:
            replies[post.root.moment].append(post)
    for post in posts:
        record = _message(team, post, rng) | _thread(post, replies.get(post.moment, []))
        days[f"{post.channel.name}/{_export_day(post.moment)}.json"].append(record)
    for path, records in days.items():
        yield path, _dump(records)


# --- members and channels


def _user(team: Team, person: Person) -> Record:
    profile = _profile(team, person) | {
        "title": person.title,
        "phone": "",
        "real_name_normalized": person.real_name,
        "display_name_normalized": person.first_name,
        "last_name": person.last_name,
        "email": f"{person.name}@{team.domain}.example.org",
    }
    return _account(team, person, real_name=person.real_name, profile=profile) | {
        "deleted": person.is_deactivated,
        "is_admin": person is team.people[0],
        "is_bot": False,
    }


def _app_user(team: Team) -> Record:
    app = team.app
    profile: Record = {"real_name": app.real_name, "display_name": "", "bot_id": app.bot_id}
    profile |= {"api_app_id": app.app_id, "always_active": True, "team": team.team_id}
    return _account(team, app, real_name=app.real_name, profile=profile) | {"is_bot": True}


def _account(team: Team, member: Person | App, *, real_name: str, profile: Record) -> Record:
    return {
        "id": member.id,
        "team_id": team.team_id,
        "name": member.name,
        "deleted": False,
        "real_name": real_name,
        "tz": member.tz,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": _seconds(team.first_day),
    }


def _profile(team: Team, person: Person) -> Record:
    """Give what users.json and each message's `user_profile` share."""
    return {
        "avatar_hash": f"{int.from_bytes(person.name.encode()):012x}"[-12:],
        "image_72": f"https://example.org/avatars/{person.name}-72.png",
        "first_name": person.first_name,
        "real_name": person.real_name,
        "display_name": person.first_name,
        "team": team.team_id,
    }


def _channel(team: Team, channel: Channel) -> Record:
    creator, created = team.people[0].id, _seconds(team.first_day)
    return {
        "id": channel.id,
        "name": channel.name,
        "created": created,
        "creator": creator,
        "is_archived": False,
        "is_general": channel.is_general,
        "members": [person.id for person in team.people if not person.is_deactivated],
        "topic": {"value": channel.topic, "creator": creator, "last_set": created},
        "purpose": {"value": channel.purpose, "creator": creator, "last_set": created},
    }


def _integration(team: Team) -> Record:
    return {
        "app_id": team.app.app_id,
        "app_type": team.app.real_name,
        "user_id": team.people[0].id,
        "user_name": team.people[0].name,
        "date": str(_seconds(team.first_day)),
        "change_type": "added",
        "scope": "chat:write,incoming-webhook",
    }


# --- messages


def _message(team: Team, post: Post, rng: random.Random) -> Record:
    record: Record = {"type": "message", "ts": write_ts(post.moment), "text": post.text}
    if post.subtype:
        record["subtype"] = post.subtype
    if isinstance(post.author, App):
        return record | _app_fields(team, post.author, is_user=not post.subtype)
    record["user"] = post.author.id
    if post.subtype.startswith("channel_"):
        return record
    if post.subtype not in _WITHOUT_CLIENT_ID:
        record["client_msg_id"] = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return record | _sender(team, post.author) | _extras(post)


def _sender(team: Team, person: Person) -> Record:
    profile = _profile(team, person) | {"name": person.name}
    profile |= {"is_restricted": False, "is_ultra_restricted": False}
    return {
        "team": team.team_id,
        "user_team": team.team_id,
        "source_team": team.team_id,
        "user_profile": profile,
    }


def _extras(post: Post) -> Record:
    """Give the edit and the reactions, where there are any."""
    extras: Record = {}
    if post.edited:
        second = post.edited // SECOND * SECOND  # Slack gives edits whole seconds
        extras["edited"] = {"user": post.author.id, "ts": write_ts(second)}
    fans: dict[str, list[str]] = defaultdict(list)
    for emoji, user_id in post.reactions:
        fans[emoji].append(user_id)
    if fans:
        extras["reactions"] = [
            {"name": emoji, "users": users, "count": len(users)} for emoji, users in fans.items()
        ]
    return extras


def _app_fields(team: Team, app: App, *, is_user: bool) -> Record:
    if not is_user:
        return {"bot_id": app.bot_id, "username": app.real_name, "icons": {"emoji": app.icon}}
    profile = {"id": app.bot_id, "app_id": app.app_id, "name": app.real_name, "deleted": False}
    return {
        "user": app.id,
        "bot_id": app.bot_id,
        "app_id": app.app_id,
        "team": team.team_id,
        "bot_profile": profile | {"team_id": team.team_id},
    }


def _thread(post: Post, replies: Sequence[Post]) -> Record:
    """Give a root the list of its replies, a reply its root."""
    if post.root:
        thread: Record = {"thread_ts": write_ts(post.root.moment)}
        thread["parent_user_id"] = post.root.author.id
        if post.subtype == "thread_broadcast":
            root = {"type": "message", "user": post.root.author.id, "text": post.root.text}
            thread["root"] = root | {"ts": thread["thread_ts"], "thread_ts": thread["thread_ts"]}
        return thread
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.author.id for reply in replies))
    return {
        "thread_ts": write_ts(post.moment),
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": write_ts(replies[-1].moment),
        "reply_users": users,
        "replies": [{"user": r.author.id, "ts": write_ts(r.moment)} for r in replies],
        "is_locked": False,
        "subscribed": False,
    }


def _export_day(moment: int) -> datetime.date:
    second = (moment - _SLACK_MIDNIGHT) // SECOND
    return datetime.datetime.fromtimestamp(second, datetime.UTC).date()


def _seconds(day: datetime.date) -> int:
    return int(datetime.datetime.combine(day, datetime.time(9), datetime.UTC).timestamp())


def _dump(records: Sequence[Record]) -> str:
    return json.dumps(records, ensure_ascii=False, indent=4) + "\n"
