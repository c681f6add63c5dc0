"""`mimic init`: connects a Slack workspace, question by question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot import console
from bot.cli.manifest import Private, PublicUrl
from bot.errors import InvalidCredential, InvalidSetting, Misused

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.connecting import Identity
    from bot.settings import Settings

_ENV_FILE = Path(".env")
_TRIES = 3
_QUOTES = " \t\r\n\"'"

Checked = TypeVar("Checked")


@dataclass(frozen=True)
class _Plan:
    """What is to be set up.

    Args:
        url: The public address for HTTP; "" for Socket Mode.
        is_asking: Whether there is somebody who answers.
    """

    settings: "Settings"
    url: str
    is_private: bool
    is_asking: bool


@dataclass(frozen=True)
class _Question:
    """One value to obtain: its variable, its name, and the step that leads to it."""

    variable: str
    label: str
    step: str

    def known(self, settings: "Settings") -> str:
        """What is set already, "" if nothing is."""
        secret: SecretStr | None = getattr(settings, self.variable.lower())
        return secret.get_secret_value().strip(_QUOTES) if secret else ""


def init(
    *,
    url: PublicUrl = "",
    private: Private = False,
    non_interactive: Annotated[
        bool,
        typer.Option(
            "--non-interactive",
            help="Ask nothing: check what SLACK_BOT_TOKEN and SLACK_APP_TOKEN (with --url: "
            "SLACK_SIGNING_SECRET) hold, and write it to .env.",
        ),
    ] = False,
) -> None:
    """Connect a Slack workspace: make the app, check its tokens, write them to .env.

    Example: mimic init
    """
    from bot.session import read_settings

    if not non_interactive and not console.is_conversation():
        raise Misused("There is nobody to ask: set the SLACK_ variables and add --non-interactive.")
    settings = read_settings()
    plan = _Plan(settings, url, private or "private" in settings.mimic_include, not non_interactive)
    _show_manifest(plan)
    values, identity = _obtain_all(plan)
    _warn_of_clock(identity)
    _write(plan, values)
    _say_next(plan, identity)


def _show_manifest(plan: _Plan) -> None:
    from bot.manifest import NEW_APP, build_manifest, link_new_app, write_manifest

    manifest = build_manifest(url=plan.url, is_private=plan.is_private)
    if not plan.is_asking:
        return
    console.note(
        f'1. Make the app: open {NEW_APP}, choose "From a manifest", your workspace, "JSON", and '
        "paste this.\n"
    )
    console.print_text(write_manifest(manifest))
    console.note(f"\n   Or open this, where it is filled in already:\n\n{link_new_app(manifest)}\n")


def _obtain_all(plan: _Plan) -> tuple[dict[str, str], "Identity"]:
    from bot.connecting import BOT_PAGE

    bot = _Question(
        "SLACK_BOT_TOKEN", "Bot token", f'2. Choose "Install to Workspace", then copy {BOT_PAGE}.'
    )
    bot_token, identity = _obtain(plan, bot, lambda token: _check_bot(plan, token))
    other, check = _choose_other(plan, identity)
    value, _ = _obtain(plan, other, check)
    return {bot.variable: bot_token, other.variable: value}, identity


def _check_bot(plan: _Plan, token: str) -> "Identity":
    from bot.connecting import bind_team, check_bot_token, check_clock
    from bot.manifest import list_scopes
    from bot.session import open_session

    scopes = list_scopes(is_private=plan.is_private)
    identity = check_bot_token(token, api_url=plan.settings.slack_api_url, scopes=scopes)
    if plan.url:
        check_clock(identity.skew_seconds)
    with open_session(plan.settings) as session:
        bind_team(session.store, identity.team_id)
    return identity


def _choose_other(plan: _Plan, identity: "Identity") -> tuple[_Question, Callable[[str], None]]:
    """Choose what is needed beside the bot token, and how it is checked."""
    from bot.connecting import APP_PAGE, SIGNING_PAGE, check_app_token, check_signing_secret

    if plan.url:
        step = f"3. Copy {SIGNING_PAGE}."
        return _Question("SLACK_SIGNING_SECRET", "Signing secret", step), check_signing_secret
    step = f"3. Make a token with the scope connections:write under {APP_PAGE}, and copy it."
    api_url = plan.settings.slack_api_url
    check = partial(check_app_token, api_url=api_url, app_id=identity.app_id)
    return _Question("SLACK_APP_TOKEN", "App-level token", step), check


def _obtain(
    plan: _Plan, question: _Question, check: Callable[[str], Checked]
) -> tuple[str, Checked]:
    """Return a value that passed its check, and what the check found out."""
    known = question.known(plan.settings)
    if not plan.is_asking:
        if not known:
            raise InvalidSetting(f"{question.variable} is not set.")
        return known, check(known)
    console.note(question.step)
    for _ in range(_TRIES - 1):
        value = _ask(question.label, known)
        try:
            return value, check(value)
        except InvalidCredential as error:
            console.fail(str(error))
    value = _ask(question.label, known)
    return value, check(value)


def _ask(label: str, known: str) -> str:
    """Ask for a value that is not shown; an empty answer keeps what is known."""
    hint = "; Enter keeps the one there is" if known else ""
    typed: str = typer.prompt(
        f"   {label} (not shown{hint})", default="", show_default=False, hide_input=True, err=True
    )
    return typed.strip(_QUOTES) or known


def _warn_of_clock(identity: "Identity") -> None:
    from bot.connecting import NOTABLE_SKEW_SECONDS, describe_skew

    if abs(identity.skew_seconds) > NOTABLE_SKEW_SECONDS:
        console.note(f"{describe_skew(identity.skew_seconds)}: set it (timedatectl set-ntp true).")


def _write(plan: _Plan, values: Mapping[str, str]) -> None:
    from bot.env_file import set_variables
    from bot.settings import Settings

    included = plan.settings.mimic_include
    if plan.is_private and "private" not in included:
        values = {**values, "MIMIC_INCLUDE": ",".join((*included, "private"))}
    set_variables(_ENV_FILE, values)
    now = Settings.load()
    for variable, value in values.items():
        if variable.startswith("SLACK_") and _Question(variable, "", "").known(now) != value:
            console.note(f"{variable} is also set in the environment, which beats .env: unset it.")


def _say_next(plan: _Plan, identity: "Identity") -> None:
    start = "`mimic serve`"
    if plan.url:
        start = '`mimic serve --http 3000`, and verify its URL on the page "Event Subscriptions"'
    console.note(
        f"Connected to {identity.team or 'your workspace'}; .env holds the tokens.\n"
        f"Start the bot with {start}. Then, in Slack, type /invite @mimic in the channels it may "
        "learn from, and /mimic optin."
    )
