"""The terminal's manners: help, versions, exit codes, one sentence for each failure."""

import errno
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from bot.cli import app, main
from bot.cli.failures import describe, is_misuse
from bot.errors import BotError, InvalidTarget
from storage.errors import AmbiguousMember, UnknownMember

ROOT = Path(__file__).parents[3]


def find_commands(command, path=()):
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from find_commands(child, (*path, name))


COMMANDS = list(find_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(mimic, command):
    outcome = mimic(*command, "--help")
    assert outcome.code == 0
    assert f"Example: mimic {' '.join(command)}".strip() in outcome.out or "| mimic" in outcome.out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_has_help(command):
    found = typer.main.get_command(app)
    for name in command:
        found = found.commands[name]
    assert all(parameter.help for parameter in found.params)


def test_without_a_command_it_shows_what_there_is(mimic):
    outcome = mimic()
    assert outcome.code == 0
    assert "anonymize" in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["say"],
        ["say", "@ada", "--no-such-option"],
        ["say", "@ada", "--count", "0"],
        ["say", "@ada", "--count", "many"],
        ["say", "@ada", "--length", "poem"],
        ["say", "@ada", "--temperature", "-1"],
        ["say", "@ada", "--top-p", "0"],
        ["say", "@ada", "--min-p", "1"],
        ["say", "@ada", "--intensity", "-1"],
        ["say", "@ada", "--seed", "-1"],
        ["say", ""],
        ["say", "@ada +"],
        ["say", "0*@ada"],
        ["train", "@ada", "--all"],
        ["train", "@ada", "--minutes", "0"],
        ["learn", "text.txt"],
        ["rollback", "@ada", "0"],
        ["rollback", "@ada + @bob"],
        ["consent"],
        ["consent", "grant"],
        ["consent", "grant", "@ada", "--all"],
        ["import", "export.zip", "--include", "everything"],
        ["import", "export.zip", "--consent", ","],
        ["import", "export.zip", "--consent", "all,@ada"],
    ],
    ids=" ".join,
)
def test_misuse_is_one_sentence_and_exit_code_2(mimic, home, arguments):
    outcome = mimic(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("mimic: ")
    assert outcome.err.count("\n") == 1
    assert not home.exists()


def test_an_unforeseen_failure_names_the_place_and_never_the_text():
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - any will do
        int("what Ada wrote")
    sentence = describe(caught.value)
    assert re.search(r"ValueError in \S+, line \d+", sentence)
    assert "what Ada wrote" not in sentence


def test_a_full_disk_is_said_as_such():
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/mimic/voices")
    assert describe(error) == (
        "No space left on device: /srv/mimic/voices: make room and run it again."
    )


def test_the_terminal_repeats_what_was_typed():
    error = UnknownMember("Nobody goes by this name.", reference="@nobody")
    assert describe(error) == "@nobody: Nobody goes by this name."
    error = AmbiguousMember("Two go by it.", reference="@ann", candidates=["@ann1", "@ann2"])
    assert describe(error) == "@ann: Two go by it. (@ann1, @ann2)"


def test_only_misuse_is_misuse():
    assert is_misuse(InvalidTarget("…"))
    assert not is_misuse(BotError("…"))


def test_ctrl_c_is_one_word_and_exit_code_1(monkeypatch, capsys):
    def interrupt():
        yield b"line\n"
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=interrupt()))
    assert main(["anonymize", "-"]) == 1
    assert capsys.readouterr() == ("line\n", "mimic: Stopped.\n")


def test_sigterm_is_one_word_and_exit_code_1_too(monkeypatch, capsys):
    def end():
        yield b"line\n"
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=end()))
    assert main(["anonymize", "-"]) == 1
    assert capsys.readouterr() == ("line\n", "mimic: Stopped.\n")
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_module_is_the_command_and_knows_its_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    command = [sys.executable, "-m", "bot", "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"mimic {version}\n")


def test_a_reader_that_has_seen_enough_is_no_failure_worth_a_word():
    program = f"cd {ROOT}; {sys.executable} -m bot anonymize - | head -n 1"
    lines = "\n".join(f"line {number}" for number in range(100_000))
    done = subprocess.run(
        ["bash", "-c", program],  # noqa: S607
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MIMIC_HOME": "/nonexistent/mimic"},  # noqa: TID251
    )
    assert done.stdout == "line 0\n"
    assert done.stderr == ""
