"""What an app answers to a command or click: by its response URL, or in the ack itself."""

from typing import Any

from tests.fake_slack.chat import show_post
from tests.fake_slack.recording import Response, Shown
from tests.fake_slack.refusal import Refusal
from tests.fake_slack.state import LIFE_SECONDS, USES, Interaction, State
from tests.fake_slack.structure import name_blocks, read_blocks
from tests.fake_slack.validation import check_message

Payload = dict[str, Any]


def use(state: State, interaction_id: str, payload: Payload) -> tuple[int, str]:
    """Take what was sent to a response URL; return HTTP's status and text."""
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        return 404, "no_such_url"
    who, where = interaction.user_id, interaction.channel_id
    with state.record.at_once():
        error = _obey(state, interaction, payload)
        response = Response(interaction.id, who, where, payload, error)
        state.record.add(state.record.responses, response)
    if error:
        state.violate(f"response_url: {error}")
        return 404 if error == "expired_url" else 400, error
    return 200, "ok"


def show_ack(state: State, interaction: Interaction, payload: Payload) -> None:
    """Show what stood in the ack of a command, if anything."""
    if payload.get("text") or payload.get("blocks"):
        _show(state, interaction, payload, via="ack")


def _obey(state: State, interaction: Interaction, payload: Payload) -> str:
    interaction.uses += 1
    age = state.clock.wall() - interaction.at
    if interaction.uses > USES or age > LIFE_SECONDS:
        return "expired_url"
    try:
        _change(state, interaction, payload)
    except Refusal as refusal:
        return refusal.error
    return ""


def _change(state: State, interaction: Interaction, payload: Payload) -> None:
    if payload.get("delete_original"):
        said = {key for key, value in payload.items() if value}  # Bolt adds an empty text
        if said != {"delete_original"}:
            raise Refusal("delete_original_is_not_alone")
        _original(interaction).is_deleted = True
        state.record.notify()
    elif payload.get("replace_original") and isinstance(interaction.source, Shown):
        message = _read(state, payload)
        interaction.source.replace(message["text"], message["blocks"])
        interaction.source.interactions.append(interaction.id)
        state.record.notify()
    else:
        _show(state, interaction, payload, via="response_url")


def _original(interaction: Interaction) -> Shown:
    if not isinstance(interaction.source, Shown):
        raise Refusal("no_original")
    return interaction.source


def _show(state: State, interaction: Interaction, payload: Payload, *, via: str) -> None:
    message = _read(state, payload)
    if payload.get("response_type") == "in_channel":
        shown = show_post(state, interaction.channel_id, message, via=via)
        shown.interactions.append(interaction.id)
        return
    shown = Shown(
        interaction.channel_id,
        state.workspace.next_ts(),
        message["text"],
        message["blocks"],
        via,
        interaction.user_id,
        [interaction.id],
        message.get("thread_ts", ""),
    )
    state.record.add(state.record.shown, shown)


def _read(state: State, payload: Payload) -> Payload:
    message = {"text": str(payload.get("text") or ""), "blocks": read_blocks(payload)}
    is_public = payload.get("response_type") == "in_channel"
    check_message(state, message, where="response_url", is_public=is_public)
    if payload.get("thread_ts"):
        message["thread_ts"] = payload["thread_ts"]
    return message | {"blocks": name_blocks(message["blocks"])}
