"""What Slack sends to an app: commands, clicks and events, field by field."""

import secrets
import time
from typing import Any

from tests.fake_slack.recording import Home, Shown
from tests.fake_slack.state import Interaction, State
from tests.fake_slack.workspace import APP_ID, BOT

Payload = dict[str, Any]


def build_command(state: State, interaction: Interaction, command: str, text: str) -> Payload:
    """A slash command's form."""
    workspace = state.workspace
    conversation = workspace.channel(interaction.channel_id)
    name = "privategroup" if conversation.facts["is_private"] else conversation.facts["name"]
    return {
        "token": "deprecated",
        "team_id": workspace.team_id,
        "team_domain": workspace.name,
        "channel_id": interaction.channel_id,
        "channel_name": "directmessage" if conversation.facts["is_im"] else name,
        "user_id": interaction.user_id,
        "user_name": workspace.users[interaction.user_id]["name"],
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": state.response_url(interaction),
        "trigger_id": build_trigger(interaction),
    }


def build_click(state: State, interaction: Interaction, action: Payload) -> Payload:
    """A `block_actions` payload for a click on the interaction's source."""
    workspace = state.workspace
    user = workspace.users[interaction.user_id]
    payload: Payload = {
        "type": "block_actions",
        "user": {"id": user["id"], "username": user["name"], "name": user["name"]}
        | {"team_id": user["team_id"]},
        "api_app_id": APP_ID,
        "token": "deprecated",
        "trigger_id": build_trigger(interaction),
        "team": {"id": workspace.team_id, "domain": workspace.name},
        "enterprise": None,
        "is_enterprise_install": False,
        "state": {"values": {}},
        "actions": [{**action, "action_ts": workspace.next_ts()}],
    }
    if isinstance(interaction.source, Shown):
        return payload | _place_in_message(state, interaction, interaction.source)
    return payload | _place_in_home(interaction.source)


def build_action(element: Payload, value: str | None) -> Payload:
    """What an element says of itself when it is used; `value` replaces a button's or selects."""
    action = {key: element[key] for key in ("action_id", "block_id", "type")}
    if element["type"] == "static_select":
        options = [*element.get("options", ())]
        options += [o for group in element.get("option_groups", ()) for o in group["options"]]
        chosen = next(option for option in options if option["value"] == value)
        return action | {"selected_option": chosen}
    action |= {"text": element["text"]} if "text" in element else {}
    value = element.get("value") if value is None else value
    return action if value is None else action | {"value": value}


def build_event(state: State, event: Payload, event_id: str | None, **more: Any) -> Payload:
    """The envelope of an event."""
    team_id = state.workspace.team_id
    authorization = {"enterprise_id": None, "team_id": team_id, "user_id": BOT, "is_bot": True}
    return {
        "token": "deprecated",
        "team_id": team_id,
        "context_team_id": team_id,
        "api_app_id": APP_ID,
        "event": {"event_ts": state.workspace.next_ts(), **event},
        "type": "event_callback",
        "event_id": event_id or f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [authorization | {"is_enterprise_install": False}],
        "is_ext_shared_channel": _is_shared(state, event),
        "event_context": f"4-{secrets.token_hex(6)}",
        **more,
    }


def build_trigger(interaction: Interaction) -> str:
    return f"1000.2000.{interaction.id}"


def _is_shared(state: State, event: Payload) -> bool:
    conversation = state.workspace.conversations.get(str(event.get("channel")))
    return bool(conversation and conversation.facts.get("is_ext_shared"))


def _place_in_message(state: State, interaction: Interaction, shown: Shown) -> Payload:
    conversation = state.workspace.channel(shown.channel_id)
    place: Payload = {
        "container": {
            "type": "message",
            "message_ts": shown.ts,
            "channel_id": shown.channel_id,
            "is_ephemeral": shown.is_ephemeral,
        },
        "channel": {"id": shown.channel_id, "name": conversation.facts["name"] or "directmessage"},
        "response_url": state.response_url(interaction),
    }
    if shown.thread_ts:
        place["container"]["thread_ts"] = shown.thread_ts
    if not shown.is_ephemeral:  # of ephemeral messages Slack sends no text back
        place["message"] = conversation.messages[shown.ts]
    return place


def _place_in_home(home: Home | None) -> Payload:
    assert home is not None
    view = {"id": "V0FAKEHOME", "type": "home", "hash": "0", "app_id": APP_ID, **home.view}
    return {"container": {"type": "view", "view_id": view["id"]}, "view": view}
