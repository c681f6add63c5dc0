"""What went wrong, in one sentence for the terminal."""

import errno

import typer

from bot.errors import BotError, Misused, NoSuchVoice
from storage.errors import AmbiguousNameError, StorageError, UnknownNameError
from training.errors import InvalidSampling, TrainingError


def is_misuse(error: Exception) -> bool:
    """Return whether the command was given what it never takes."""
    if isinstance(error, typer.TyperException):
        return error.exit_code == 2
    return isinstance(error, Misused | InvalidSampling)


def describe(error: Exception) -> str:
    """Return what went wrong, and what to do where that is known."""
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "mimic"
        sentence = error.format_message().replace("Value error, ", "").rstrip(".")
        return f"{sentence} (see `{command} --help`)."
    if isinstance(error, UnknownNameError | AmbiguousNameError | NoSuchVoice):
        return _name_reference(error)
    if isinstance(error, BotError | TrainingError | StorageError):
        return str(error)
    if isinstance(error, OSError):
        return _describe_system(error)
    return f"This should not happen ({_place(error)}): please report it with that place."


def _name_reference(error: UnknownNameError | AmbiguousNameError | NoSuchVoice) -> str:
    """Repeat what was typed, if anything: the terminal is the one place where an error may."""
    choices = ", ".join(getattr(error, "candidates", ()))
    start = f"{error.reference}: " if error.reference else ""
    return f"{start}{error}{f' ({choices})' if choices else ''}"


def _describe_system(error: OSError) -> str:
    place = f": {error.filename}" if error.filename else ""
    advice = ": make room and run it again" if error.errno == errno.ENOSPC else ""
    return f"{error.strerror or type(error).__name__}{place}{advice}."


def _place(error: Exception) -> str:
    """Where it happened; the error's own text may hold a message and is not shown."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    room = trace.tb_frame.f_globals.get("__name__", "?")
    return f"{type(error).__name__} in {room}, line {trace.tb_lineno}"
