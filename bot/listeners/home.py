"""The App Home: shown when it is opened, and again after each of its buttons."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.consenting import Consenting
from bot.listeners.asking import attend, read_click
from bot.services import Services
from bot.views import ids
from bot.views.blocks import Message
from bot.views.refusals import build_failure

_log = logging.getLogger(__name__)

Change = Callable[[str], Message]
Listener = Callable[[Ack, Mapping[str, Any], BoltContext], None]


def register(app: App, services: Services) -> None:
    """Listen to the Home tab."""
    consenting = Consenting(services.session, services.slack, services.joining)
    home = _Home(services, consenting)
    app.event("app_home_opened")(home.handle_opened)
    app.action(ids.HOME_OPTIN)(home.build_listener(consenting.agree, is_told=True))
    app.action(ids.HOME_LEAVE)(home.build_listener(consenting.leave, is_told=True))
    app.action(ids.HOME_PAUSE)(home.build_listener(consenting.pause))
    app.action(ids.HOME_RESUME)(home.build_listener(consenting.resume))


class _Home:
    """The tab of everybody."""

    def __init__(self, services: Services, consenting: Consenting) -> None:
        self._services, self._consenting = services, consenting

    def handle_opened(self, event: Mapping[str, Any]) -> None:
        """Show the tab to who opened it."""
        if event.get("tab") == "home":
            user_id = str(event["user"])
            self._services.errands.submit(lambda: self._show(user_id), name="home")

    def build_listener(self, change: Change, *, is_told: bool = False) -> Listener:
        """Build what listens to a button.

        Args:
            change: What it does for who clicked; what it answers is shown in place of the message
                that the button stood in, if it did.
            is_told: In the Home, which cannot show an answer, it goes out as a direct message.
        """

        def handle_click(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
            ack()
            if "response_url" in body:
                self._answer_in_message(change, body, context)
            else:
                self._services.desk.submit(
                    lambda: self._answer_at_home(change, body, context, is_told=is_told),
                    name="home",
                )

        return handle_click

    def _answer_in_message(
        self, change: Change, body: Mapping[str, Any], context: BoltContext
    ) -> None:
        asked, slack = read_click(body, context), self._services.slack

        def work() -> None:
            slack.respond(asked.response_url, change(asked.user_id), replace=True)

        attend(self._services, asked, work)

    def _answer_at_home(
        self, change: Change, body: Mapping[str, Any], context: BoltContext, *, is_told: bool
    ) -> None:
        user_id = str(body["user"]["id"])
        try:
            answer = change(user_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, who clicked is told
            request = str(context["request"])
            _log.error("A request failed: %s", type(error).__name__, extra={"request": request})
            answer, is_told = build_failure(request), True
        if is_told:
            self._services.slack.dm(user_id, answer)
        self._show(user_id)

    def _show(self, user_id: str) -> None:
        self._services.slack.publish_home(user_id, self._consenting.home(user_id))
