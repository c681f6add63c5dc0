"""`mimic serve`: the bot in Slack, with its scheduler."""

from typing import Annotated

import typer

from bot import console

_GOODBYE = "Stopping: what is under way is answered first."


def serve(
    *,
    http: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=0, max=65535,
            help="Take Slack's requests at /slack/events on this port; without it, by Socket Mode.",
        ),
    ] = None,
    health: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=0, max=65535,
            help="Answer /healthz, /readyz and /metrics on this port, and with --http only here.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="The address both ports listen on; 0.0.0.0 in a container.")
    ] = "127.0.0.1",
    no_train: Annotated[
        bool, typer.Option("--no-train", help="Leave training to `mimic worker`.")
    ] = False,
    no_schedule: Annotated[
        bool, typer.Option("--no-schedule", help="Leave schedules to `mimic scheduler`.")
    ] = False,
) -> None:  # fmt: skip
    """Answer in Slack and keep the voices fresh, until Ctrl-C or SIGTERM.

    Example: mimic serve --health 8080
    """
    from bot.errors import SlackError
    from bot.logs import note_crashed_threads
    from bot.serving import ServeOptions, Service
    from bot.session import open_session
    from bot.stopping import end_in_time, stop_on_key_change, stop_on_signal

    options = ServeOptions(
        http_port=http,
        health_port=health,
        host=host,
        trains=not no_train,
        schedules=not no_schedule,
    )
    with (
        open_session() as session,
        stop_on_signal(_GOODBYE) as stop,
        stop_on_key_change(session.store, stop) as is_changed,
    ):
        note_crashed_threads()
        end_in_time(stop, is_failure=is_changed.is_set)
        try:
            service = Service(session, options, stop=stop)
            try:
                service.start()
                for line in service.describe():
                    console.note(line)
                stop.wait()
            finally:
                service.close()
        except SlackError:
            if not stop.is_set():  # else nobody waits for Slack any more
                raise
