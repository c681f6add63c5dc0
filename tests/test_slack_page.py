"""The walk through Slack shows what the bot builds."""

import json
import re
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from bot.views.admin import (
    AdminFacts,
    RunLine,
    RunReport,
    VoiceLine,
    VoiceReport,
    build_admin,
    build_run_report,
)
from bot.views.consent import (
    StatusFacts,
    build_agreed,
    build_first_voice,
    build_progress,
    build_receipt,
    build_request,
    build_status,
)
from bot.views.help import build_help
from bot.views.home import HomeFacts, Use, build_home
from bot.views.previews import Draft, build_post, build_preview
from bot.views.refusals import RefusalKind, build_refusal
from tests.bot.views.limits import violations

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "slack.md").read_text("utf-8")
PICTURE = ROOT / "docs" / "images" / "slack.png"
ADA, BRAM, CARMEN, DOV = "U06ADALIND", "U06BRAMKES", "U06CARMVIL", "U06DOVHARR"
GENERAL, ENGINEERING = "C06GENERAL1", "C06ENGINE01"

DRAFT = Draft(
    target=ADA,
    text="At noon, I think; the soup first, and the release after it.",
    prompt="Lunch?",
    subjects=(ADA,),
    requester=BRAM,
)
MADE_AT = datetime(2026, 3, 2, 3, 12, tzinfo=UTC)
STATUS = StatusFacts("agreed", messages=660, version=2, made_at=MADE_AT, uses=2)
SCREENS = {
    "The preview": build_preview(DRAFT, voice="Ada"),
    "The posted message": build_post(DRAFT, voice="Ada", requester="Bram"),
    "Somebody who has not agreed": build_refusal("not_agreed", name="Etta", ask="U06ETTAWIN"),
    "The question": build_request(BRAM),
    "After agreeing": build_agreed(),
    "While your messages are read": build_progress(channels_done=1, channels=2, messages=312),
    "Your first voice": build_first_voice(messages=660, is_through=False),
    "Where you stand": build_status(STATUS),
    "Your Home tab": build_home(
        HomeFacts(
            STATUS,
            uses=(
                Use(BRAM, GENERAL, datetime(2026, 3, 4, 11, 40, tzinfo=UTC), is_posted=True),
                Use(CARMEN, ENGINEERING, datetime(2026, 3, 3, 9, 5, tzinfo=UTC), is_posted=False),
            ),
        )
    ),
    "The receipt": build_receipt(
        [
            "660 stored messages of yours",
            "your voice, with all its versions",
            "1 shared voice learned from you: each is silent by 2026-03-05 11:40 UTC, unless it "
            "was trained anew without you",
        ]
    ),
    "Voices and runs": build_admin(
        AdminFacts(
            voices=(
                VoiceLine("person:1", "Ada", 2, 660, 2.104, "nightly", has_previous=True),
                VoiceLine("person:4", "Dov", 1, 780, 2.231, "0 6 * * 1", has_previous=False),
            ),
            runs=(
                RunLine(8, "Dov", "running", 0.42, None, is_open=True),
                RunLine(7, "Ada", "succeeded", 1.0, None, is_open=False),
            ),
            default_cron="0 3 * * *",
        )
    ),
    "The report": build_run_report(
        RunReport(
            id=8,
            name="Dov",
            state="succeeded",
            voices=(VoiceReport("Dov", 2, True, 2.187),),
            tokens=182_400,
            seconds=74,
            device="CPU",
        )
    ),
    "Help": build_help(),
}
EXAMPLES = {"too_little_text": {"missing": 112}, "cooldown": {"seconds": 3}}


def read_page():
    """The JSON of each screen by its heading."""
    found = re.findall(
        r"^### (.+)\n(?:(?!### |```json).*\n)*```json\n((?:(?!```).*\n)*)```", PAGE, re.M
    )
    return {title: json.loads(text) for title, text in found}


def test_every_screen_is_on_the_page_and_no_other():
    assert list(read_page()) == list(SCREENS)


@pytest.mark.parametrize("title", SCREENS)
def test_the_page_shows_what_the_bot_builds(title):
    assert read_page()[title] == SCREENS[title]


@pytest.mark.parametrize("title", SCREENS)
def test_every_screen_keeps_slacks_limits(title):
    assert violations(read_page()[title], is_post=title == "The posted message") == []


@pytest.mark.parametrize("kind", get_args(RefusalKind))
def test_every_refusal_is_on_the_page(kind):
    name = "#hiring" if kind in ("private_channel", "elsewhere") else "Etta"
    message = build_refusal(kind, name=name, **EXAMPLES.get(kind, {}))
    assert f"| {message['blocks'][0]['text']['text']} |" in PAGE


def test_the_picture_is_there_and_small():
    assert "](images/slack.png)" in PAGE
    picture = PICTURE.read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 150_000


def test_the_picture_can_be_drawn_again_from_the_page(tmp_path):
    target = tmp_path / "slack.png"
    program = ROOT / "docs" / "draw_screen.py"
    done = subprocess.run(
        [sys.executable, program, target, "The preview", "The posted message"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    drawn, kept = (struct.unpack(">II", path.read_bytes()[16:24]) for path in (target, PICTURE))
    assert drawn == kept


def test_a_screen_that_is_not_on_the_page_cannot_be_drawn(tmp_path):
    program = ROOT / "docs" / "draw_screen.py"
    done = subprocess.run(
        [sys.executable, program, tmp_path / "x.png", "Nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "has no screen named Nowhere" in done.stderr
