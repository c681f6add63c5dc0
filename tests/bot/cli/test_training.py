"""`train`, `learn` and `demo`: what the terminal gets to see of them."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main

ROOT = Path(__file__).parents[3]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def read_rows(outcome):
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


def test_without_a_target_it_only_says_what_it_would_do(mimic, filled):
    outcome = mimic("train", "--json")
    states = {row["voice"]: row["reason"] for row in read_rows(outcome)}
    assert states["@ada"] == states["#general"] == ""
    assert states["@finn"].endswith("more messages needed")
    assert "--all" in outcome.err
    assert not (filled / "voices").exists()
    assert "@ada\t" in mimic("train").out


@pytest.mark.parametrize("arguments", [["--all"], ["@ada"], ["channel:general"], ["shakespeare"]])
def test_what_cannot_be_trained_is_one_sentence(mimic, arguments):
    outcome = mimic("train", *arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("name", ["base", "@ada", "Shakespeare", "two words", "a+b"])
def test_a_name_that_no_target_could_say_is_misuse(mimic, tmp_path, name):
    (tmp_path / "text.txt").write_text("Once upon a time.")
    outcome = mimic("learn", "text.txt", "--name", name)
    assert outcome.code == 2
    assert "--name" in outcome.err


def test_a_text_that_is_not_there_is_one_sentence(mimic, home):
    outcome = mimic("learn", "nothing.txt", "--name", "nothing")
    assert outcome.code == 1
    assert "nothing.txt" in outcome.err
    assert not home.exists()


@pytest.mark.slow
def test_the_base_comes_first_and_then_each_target(mimic, filled):
    outcome = mimic("train", "@ada", "@finn", "--minutes", "0.4", "--json")
    base, *others = read_rows(outcome)
    ada, finn = sorted(others, key=lambda row: row["voice"])
    assert list(base) == [
        "voice",
        "version",
        "promoted",
        "reason",
        "bits_per_byte",
        "base_bits_per_byte",
        "tokens",
        "seconds",
    ]
    assert (base["voice"], ada["voice"], ada["promoted"]) == ("base", "@ada", True)
    assert (finn["version"], finn["promoted"]) == (None, False)
    assert "tokens/s" in outcome.err
    assert read_rows(mimic("say", "@ada", "--json"))


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_so_far(mimic, filled):
    command = [sys.executable, "-m", "bot", "train", "@ada", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if "bits/byte" in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0
    assert "the best so far is kept" in err
    base, ada = (json.loads(line) for line in out.splitlines())
    assert (base["promoted"], base["version"]) == (True, 1)
    assert (ada["promoted"], ada["reason"]) == (False, "stopped before its turn")


@pytest.mark.slow
def test_a_text_becomes_a_voice(mimic, tmp_path):
    file = tmp_path / "rhyme.txt"
    file.write_text("".join(f"{n} green bottles hanging on the wall,\n" for n in range(900, 0, -1)))
    arguments = ("--name", "bottles", "--level", "char", "--minutes", "0.3", "--json")
    (row,) = read_rows(mimic("learn", file, *arguments))
    assert row["voice"] == "bottles"
    assert 0 < row["nats_per_char"] < 4
    (said,) = read_rows(mimic("say", "bottles", "--json"))
    assert said["voice"] == "bottles"


@pytest.mark.slow
def test_the_demo_lets_every_teammate_speak_and_then_answers(mimic, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "demo"
    first = mimic("demo", "--folder", folder, "--minutes", "0.5", "--count", "2")
    assert first.code == 0, first.err
    for name in ("@ada", "@bram", "@carmen", "@dov", "@etta"):
        assert first.out.count(f"{name}: ") >= 2

    monkeypatch.setattr("sys.stdin", Terminal("/mimic @ada lunch\n/mimic @nobody\n/mimic\n\n"))
    monkeypatch.setattr("sys.stdout", shown := Terminal())
    assert main(["demo", "--folder", str(folder), "--count", "1"]) == 0
    err = capsys.readouterr().err
    assert "Training" not in err
    assert "@ada: lunch" in shown.getvalue()
    assert "mimic: @nobody: " in err
    assert "Part 1 of TARGET is empty" in err
