"""`/mimic admin`: a panel for admins, who are asked for at every click."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.administration import Administration
from bot.listeners.asking import attend, read_click
from bot.services import Services
from bot.views import ids
from bot.views.blocks import Message, build_note

Action = Mapping[str, Any]
Work = Callable[[Administration, Action], str | None]


def register(app: App, services: Services) -> None:
    """Listen to the panel's buttons and menus."""
    clicks: dict[str, Work] = {
        ids.ADMIN_REFRESH: lambda _admin, _action: None,
        ids.ADMIN_TRAIN: lambda admin, action: admin.train(_read_value(action)),
        ids.ADMIN_SCHEDULE: lambda admin, action: admin.schedule(
            str(action.get("block_id") or ""), _read_choice(action)
        ),
        ids.ADMIN_CANCEL: lambda admin, action: admin.cancel(_read_value(action)),
        ids.ADMIN_ROLLBACK: lambda admin, action: admin.roll_back(_read_value(action)),
    }
    for action_id, work in clicks.items():
        app.action(action_id)(_build_listener(services, work))


def handle_admin(
    command: Mapping[str, Any], respond: Callable[[Message], object], services: Services
) -> None:
    """Answer `/mimic admin`; asks Slack who is an admin, so it is called from the desk.

    Raises:
        Refused: The requester is none.
    """
    respond(_open(services, str(command["user_id"])).show())


def _build_listener(
    services: Services, work: Work
) -> Callable[[Ack, Mapping[str, Any], BoltContext], None]:
    def handle_click(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        ack()
        asked = read_click(body, context)

        def answer() -> None:
            admin = _open(services, asked.user_id)
            note = work(admin, body["actions"][0])
            services.slack.respond(asked.response_url, admin.show(), replace=True)
            if note:
                services.slack.respond(asked.response_url, build_note(note))

        attend(services, asked, answer)

    return handle_click


def _open(services: Services, user_id: str) -> Administration:
    return Administration(services.session, services.slack, user_id)


def _read_value(action: Action) -> str:
    return str(action.get("value") or "")


def _read_choice(action: Action) -> str:
    return str((action.get("selected_option") or {}).get("value") or "")
