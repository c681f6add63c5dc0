"""The terminal: the `mimic` command, one room a subcommand.

Heavy floors are imported inside the commands, so that `--help` is instant and `say` is quick.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from bot import console
from bot.cli.anonymize import anonymize
from bot.cli.backfill import backfill
from bot.cli.backup import backup
from bot.cli.consent import app as consent
from bot.cli.db import app as db
from bot.cli.demo import demo
from bot.cli.doctor import doctor
from bot.cli.evaluate import evaluate
from bot.cli.export_my_data import export_my_data
from bot.cli.failures import describe, is_misuse
from bot.cli.forget import forget
from bot.cli.import_ import import_
from bot.cli.init import init
from bot.cli.key import app as key
from bot.cli.learn import learn
from bot.cli.manifest import manifest
from bot.cli.restore import restore
from bot.cli.rollback import rollback
from bot.cli.runs import app as runs
from bot.cli.say import say
from bot.cli.schedule import app as schedule
from bot.cli.scheduler import scheduler
from bot.cli.score import score
from bot.cli.serve import serve
from bot.cli.train import train
from bot.cli.voices import app as voices
from bot.cli.who import who
from bot.cli.worker import worker

_INTERRUPTED = 130  # what Typer makes of Ctrl-C

app = typer.Typer(
    name="mimic", rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        console.print_text(f"mimic {version('mimic')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Write in the style of teammates who have agreed to it.

    Example: mimic demo
    """
    if context.invoked_subcommand is None:
        console.print_text(context.get_help())


_COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "init": init,
    "manifest": manifest,
    "serve": serve,
    "import": import_,
    "backfill": backfill,
    "train": train,
    "learn": learn,
    "say": say,
    "score": score,
    "who": who,
    "anonymize": anonymize,
    "rollback": rollback,
    "forget": forget,
    "export-my-data": export_my_data,
    "backup": backup,
    "restore": restore,
    "evaluate": evaluate,
    "doctor": doctor,
    "scheduler": scheduler,
    "worker": worker,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
for _name, _group in {
    "voices": voices,
    "consent": consent,
    "key": key,
    "db": db,
    "runs": runs,
    "schedule": schedule,
}.items():
    app.add_typer(_group, name=_name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0 done, 1 failed, 2 misused.
    """
    console.use_safe_streams()
    try:
        with _sigterm_as_ctrl_c():
            return _run(arguments)
    except BrokenPipeError:  # the reader has seen enough, as in `mimic say … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (KeyboardInterrupt, typer.Abort):
        console.fail("Stopped.")
        return 1
    except Exception as error:  # noqa: BLE001 - the last stop: a sentence, never a traceback
        console.fail(describe(error))
        return 2 if is_misuse(error) else 1


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, so that no half of a file stays behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(arguments: Sequence[str] | None) -> int:
    command = typer.main.get_command(app)
    code = command.main(arguments, prog_name="mimic", standalone_mode=False) or 0
    if code == _INTERRUPTED:
        raise KeyboardInterrupt
    return int(code)
