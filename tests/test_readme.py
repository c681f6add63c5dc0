"""The README says what the program does."""

import re
from pathlib import Path

import pytest
import typer

from bot.cli import app
from bot.settings import Settings

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
COMMANDS = sorted(typer.main.get_command(app).commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_listed(command: str):
    assert re.search(rf"^\| `mimic {command}\b", README, re.MULTILINE)


def test_no_listed_command_is_missing():
    listed = set(re.findall(r"^\| `mimic ([a-z-]+)", README, re.MULTILINE))
    assert listed == set(COMMANDS)


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_every_setting_is_listed(setting: str):
    assert f"`{setting.upper()}`" in README


def test_every_linked_page_is_there():
    root = Path(__file__).parent.parent
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (root / link).exists()] == []
