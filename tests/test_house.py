"""The house rules that no linter knows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parent.parent
ROOMS = [path for floor in ("bot", "training", "storage") for path in (ROOT / floor).rglob("*.py")]
HEAVY = ("tensorflow", "keras", "onnx", "matplotlib", "sklearn")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_every_room_says_what_it_is_for(room):
    if "versions" not in room.parts:
        assert ast.get_docstring(ast.parse(room.read_text("utf-8")))


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_no_room_outgrows_300_lines(room):
    assert len(room.read_text("utf-8").splitlines()) <= 300


def test_the_example_of_the_environment_names_every_setting_and_no_other():
    example = (ROOT / ".env.example").read_text("utf-8")
    named = re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE)
    assert sorted(named) == sorted(field.upper() for field in Settings.model_fields)


@pytest.mark.parametrize(
    "program",
    [
        "import bot.cli",
        "from bot.cli import main; main(['say', '--help'])",
        "import bot.mimicry, bot.session, training.first_voice",
    ],
)
def test_what_serves_never_loads_what_trains(program):
    look = (
        f"import sys; print('loaded', *[n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; {look}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "loaded"
