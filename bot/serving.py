"""The bot as it runs: everything `mimic serve` starts, and how it ends without losing an answer."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import monotonic

from slack_bolt import App

from bot.announcing import Announcer
from bot.app import build_app
from bot.catching_up import CatchUp
from bot.errors import InvalidSetting
from bot.health import Check, HttpServer, build_events, build_health
from bot.scheduler import Scheduler
from bot.services import build_services
from bot.session import Session
from bot.settings import Settings
from bot.slack import Slack, build_client
from bot.socket_mode import SocketMode
from bot.trainer import Trainer
from bot.uninstalling import require_installed

DRAIN_SECONDS = 9.0  # from SIGTERM to the end: Docker kills after ten
DOOR_SECONDS = 3.0  # shares of it: until nothing more comes in,
DESK_SECONDS, STUDIO_SECONDS = 2.0, 4.0  # and for what was asked for already,
ERRAND_SECONDS, STORING_SECONDS = 3.0, 3.0  # or is still to be stored
CATCHING_UP_SECONDS = 5.0

_log = logging.getLogger(__name__)

Close = Callable[[], None]


@dataclass(frozen=True)
class ServeOptions:
    """What one process serves.

    Attributes:
        http_port: Where Slack's requests come in; None for Socket Mode.
        health_port: Where health is shown; None for `http_port`, or nowhere.
        trains: Whether runs are worked off here, in a child process.
        schedules: Whether due schedules are turned into runs here.
    """

    http_port: int | None = None
    health_port: int | None = None
    host: str = "127.0.0.1"
    trains: bool = True
    schedules: bool = True


class Service:
    """One serving process; `close` is safe at any moment, also halfway through `start`.

    Raises:
        InvalidSetting: A token is missing, or a setting cannot be.
        SlackError: Slack refuses the bot token, or cannot be reached.
        UnreachablePort: A port cannot be served.
        Uninstalled: The workspace has uninstalled the app.

    Args:
        stop: Set where there is nothing left to serve.
    """

    def __init__(
        self, session: Session, options: ServeOptions, *, stop: threading.Event | None = None
    ) -> None:
        settings = session.settings
        _require_tokens(settings, options)
        slack = Slack(build_client(settings), admins=settings.mimic_admins)
        require_installed(session, slack)
        self.services = build_services(session, slack)
        self.services.uninstalling.report_over = (stop or threading.Event()).set
        self.catch_up = CatchUp(session.store, slack, include=frozenset(settings.mimic_include))
        self.services.live.report_gap = self.catch_up.ask
        self.services.live.prepare = self.catch_up.learn_names
        self._app = build_app(settings, self.services)
        self._socket = None if options.http_port is not None else _open_socket(self._app, settings)
        if self._socket:
            self._socket.report_gap = self.catch_up.ask
        self._is_shut = threading.Event()
        self._servers = list(self._build_servers(options))
        self._announcer = Announcer(session, slack)
        self._scheduler = Scheduler(session.store, settings) if options.schedules else None
        self._trainer = Trainer(session.store, settings) if options.trains else None

    def start(self) -> None:
        """Begin to serve: what answers comes before what brings requests in."""
        services = self.services
        for server in self._servers:
            server.start()
        for part in (services.studio, services.live, self._announcer):
            part.start()
        services.joining.start()
        services.uninstalling.start()
        if self._socket:
            self._socket.start()
        self.catch_up.start()  # what was said before we listen; so not before
        # the trainer last: until Slack has let us in, there is to be no child
        for optional in (self._scheduler, self._trainer):
            if optional:
                optional.start()

    def describe(self) -> list[str]:
        """Say how it can be reached."""
        ways = [f"HTTP port {server.port}" for server in self._servers]
        if self._socket:
            ways.insert(0, "Socket Mode")
        return [f"Mimic answers by {', '.join(ways)}. Ctrl-C stops it."]

    @property
    def ports(self) -> list[int]:
        """The ports that are served, the one of Slack's requests first."""
        return [server.port for server in self._servers]

    def close(self) -> None:
        """Take nothing more in, answer what is under way, and stop within `DRAIN_SECONDS`."""
        parts = (self._scheduler, self._trainer, self._announcer)
        closers: list[Close] = [
            self._shut_doors,
            self._answer_the_rest,
            self._store_the_rest,
            partial(self.catch_up.close, CATCHING_UP_SECONDS),
            *(part.close for part in parts if part),
        ]
        # daemons: one that hangs must not keep the process from ending
        threads = [threading.Thread(target=close, daemon=True) for close in closers]
        deadline = monotonic() + DRAIN_SECONDS
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(deadline - monotonic(), 0.0))
        if late := sum(thread.is_alive() for thread in threads):
            _log.warning("%d parts did not end in time.", late)

    def _shut_doors(self) -> None:
        """Let nothing more in."""
        try:
            if self._socket:
                self._socket.close()
            for server in self._servers:
                server.close()
        finally:
            self._is_shut.set()

    def _answer_the_rest(self) -> None:
        """Answer what came in, in the order in which it goes through the house."""
        self._is_shut.wait(DOOR_SECONDS)
        self.services.desk.close(DESK_SECONDS)
        self.services.studio.close(STUDIO_SECONDS)

    def _store_the_rest(self) -> None:
        """Store what came in: what is acknowledged Slack does not send again."""
        self._is_shut.wait(DOOR_SECONDS)
        self.services.errands.close(ERRAND_SECONDS)  # they hand messages on
        self.services.live.close(STORING_SECONDS)

    def _build_servers(self, options: ServeOptions) -> Iterator[HttpServer]:
        """Open the ports: Slack's requests on one, health on another or on the same."""
        events = build_events(self._app)
        health = build_health(self._checks(), self.services.metrics)
        if options.http_port is not None:
            routes = events if options.health_port is not None else [*events, *health]
            yield HttpServer(options.host, options.http_port, routes)
        if options.health_port is not None:
            yield HttpServer(options.host, options.health_port, health)

    def _checks(self) -> dict[str, Check]:
        store = self.services.session.store
        checks: dict[str, Check] = {
            "database": lambda: store.is_current() is not None,  # or it raises
            "migrations": store.is_current,
        }
        return {"socket": self._socket.is_connected, **checks} if self._socket else checks


def _require_tokens(settings: Settings, options: ServeOptions) -> None:
    needed = {"SLACK_BOT_TOKEN": settings.slack_bot_token}
    if options.http_port is None:
        needed["SLACK_APP_TOKEN"] = settings.slack_app_token
    else:
        needed["SLACK_SIGNING_SECRET"] = settings.slack_signing_secret
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise InvalidSetting(f"{' and '.join(missing)} must be set: run `mimic init`.")


def _open_socket(app: App, settings: Settings) -> SocketMode:
    token = settings.slack_app_token
    return SocketMode(app, token.get_secret_value() if token else "")
