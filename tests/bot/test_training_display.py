"""Training as it is watched."""

import io

from rich.console import Console
from rich.progress import Progress, TextColumn

from bot.training_display import _Bars, show_training
from training.supervision import TrainingEvent


def test_a_pipe_gets_a_line_each_tenth_and_each_figure_but_no_text_and_no_name(capsys):
    with show_training() as show:
        for step in range(101):
            bits = 2.25 if step == 37 else None
            show(TrainingEvent("@ada", step / 100, 1234.5, bits, 125.0, "what she might say"))
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert lines[0] == "voice 1: 0%, 1,234 tokens/s, 2:05 left"
    assert "voice 1: 37%, 1,234 tokens/s, 2:05 left, 2.250 bits/byte" in lines
    assert 10 <= len(lines) <= 12
    assert "might say" not in captured.err
    assert "ada" not in captured.err


def test_where_nothing_is_learned_only_the_time_left_is_told(capsys):
    with show_training() as show:
        show(TrainingEvent("matrix", 0.5, 0.0, None, 65.0))
    assert capsys.readouterr().err == "matrix: 50%, 1:05 left\n"


def test_who_begins_anew_is_followed_from_the_start(capsys):
    with show_training() as show:
        for _ in range(2):
            for step in range(101):
                show(TrainingEvent("base", step / 100, 1000.0, None, 60.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines.count("base: 0%, 1,000 tokens/s, 1:00 left") == 2
    assert 20 <= len(lines) <= 22


def test_a_terminal_gets_a_bar_a_voice_and_samples_without_placeholders():
    shown = io.StringIO()
    screen = Console(file=shown, force_terminal=True, width=100, color_system=None)
    columns = TextColumn("{task.description}"), TextColumn("{task.fields[figures]}")
    with Progress(*columns, console=screen) as progress:
        show = _Bars(progress).show
        show(TrainingEvent("base", 0.5, 1000.0, 2.5, 60.0, "ask <user> [bold]\x1b[2J"))
        show(TrainingEvent("base", 0.6, 1000.0, None, 50.0))
        show(TrainingEvent("@ada", 0.1, 900.0, None, 60.0))
    assert "base: ask someone [bold][2J" in shown.getvalue()
    assert "base 1,000 tokens/s, 0:50 left  2.500 bits/byte" in shown.getvalue()
    assert "@ada 900 tokens/s, 1:00 left" in shown.getvalue()
