"""`mimic scheduler`: the clock by itself."""

from bot import console

_GOODBYE = "Stopping: the schedules wait for the next scheduler."


def scheduler() -> None:
    """Turn schedules that are due into runs, until Ctrl-C or SIGTERM.

    `mimic serve` does so too; where both run, one of them does it at a time.

    Example: mimic scheduler
    """
    from bot.logs import note_crashed_threads
    from bot.scheduler import Scheduler
    from bot.session import open_session
    from bot.stopping import end_in_time, stop_on_key_change, stop_on_signal

    with (
        open_session() as session,
        stop_on_signal(_GOODBYE) as stop,
        stop_on_key_change(session.store, stop) as is_changed,
    ):
        note_crashed_threads()
        end_in_time(stop, is_failure=is_changed.is_set)
        clock = Scheduler(session.store, session.settings)
        clock.start()
        console.note("The schedules are kept; Ctrl-C ends it.")
        try:
            stop.wait()
        finally:
            clock.close()
