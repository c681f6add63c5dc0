"""The methods about the app itself, its team, members and views."""

import secrets
from typing import Any

from tests.fake_slack.paging import read_limit
from tests.fake_slack.recording import Home
from tests.fake_slack.refusal import Refusal
from tests.fake_slack.state import TRIGGER_SECONDS, State
from tests.fake_slack.structure import name_blocks, read_json
from tests.fake_slack.validation import check_view
from tests.fake_slack.workspace import APP_ID, BOT, BOT_ID

Arguments = dict[str, Any]
Body = dict[str, Any]


def test_auth(state: State, arguments: Arguments) -> Body:
    team = {"team": state.workspace.name, "team_id": state.workspace.team_id}
    if arguments["token"] == state.app_token:
        return {"app_name": "Mimic", "app_id": APP_ID, **team}
    url = f"https://{state.workspace.name}.slack.com/"
    me = {"user": "mimic", "user_id": BOT, "bot_id": BOT_ID, "is_enterprise_install": False}
    return {"url": url, **team, **me}


def open_connection(state: State, _arguments: Arguments) -> Body:
    if not state.is_socket_mode_on:
        raise Refusal("forbidden_app")
    ticket = secrets.token_hex(8)
    state.tickets.add(ticket)
    return {"url": f"{state.socket_url}/link/?ticket={ticket}&app_id={APP_ID}"}


def tell_team(state: State, _arguments: Arguments) -> Body:
    workspace = state.workspace
    return {"team": {"id": workspace.team_id, "name": workspace.name, "domain": workspace.name}}


def tell_user(state: State, arguments: Arguments) -> Body:
    user = state.workspace.users.get(str(arguments.get("user")))
    if user is None:
        raise Refusal("user_not_found")
    return {"user": user}


def list_users(state: State, arguments: Arguments) -> Body:
    limit = read_limit(arguments, default=1000, most=1000)
    users = list(state.workspace.users.values())
    cursor = str(arguments.get("cursor") or "")
    page, rest = state.pages.cut(users, limit, lambda user: str(user["id"]), cursor)
    return {"members": page, "cache_ts": 1, "response_metadata": {"next_cursor": rest}}


def publish_view(state: State, arguments: Arguments) -> Body:
    user_id = str(arguments.get("user_id"))
    if user_id not in state.workspace.users:
        raise Refusal("user_not_found")
    view = read_json(arguments.get("view"))
    check_view(state, view)
    if view["type"] != "home":
        raise Refusal("invalid_arguments")
    view["blocks"] = name_blocks(view["blocks"])
    state.record.add(state.record.homes, Home(user_id, view))
    return {"view": {"id": f"V{secrets.token_hex(4)}", "hash": secrets.token_hex(4), **view}}


def open_view(state: State, arguments: Arguments) -> Body:
    view = read_json(arguments.get("view"))
    check_view(state, view)
    trigger = str(arguments.get("trigger_id")).rpartition(".")[2]
    interaction = state.interactions.get(trigger)
    if interaction is None:
        raise Refusal("invalid_trigger_id")
    if interaction.is_trigger_used:
        raise Refusal("trigger_exchanged")
    if state.clock.wall() - interaction.at > TRIGGER_SECONDS:
        raise Refusal("trigger_expired")
    interaction.is_trigger_used = True
    return {"view": {"id": f"V{secrets.token_hex(4)}", "hash": secrets.token_hex(4), **view}}


METHODS = {
    "auth.test": test_auth,
    "apps.connections.open": open_connection,
    "team.info": tell_team,
    "users.info": tell_user,
    "users.list": list_users,
    "views.publish": publish_view,
    "views.open": open_view,
}
