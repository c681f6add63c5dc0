"""For admins: voices with their schedules, runs, and the report when a run has ended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.views import blocks, ids
from bot.views.blocks import Block, Message, count

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]

SCHEDULES = ("nightly", "weekly", "off")
_MOST_BLOCKS = 50
_AROUND = 8  # title, refresh, two headings, the default, two notes on what is left out, one "none"
_MOST_RUNS = 10
_MOST_REPORTED = 30
_DAILY = re.compile(r"([0-9]{1,2}) ([0-9]{1,2}) \* \* \*")
_DONE: dict[RunState, str] = {
    "queued": "is waiting",
    "running": "is running",
    "succeeded": "is done",
    "failed": "has failed",
    "cancelled": "was cancelled",
}


@dataclass(frozen=True)
class VoiceLine:
    """One voice as admins see it.

    Args:
        label: `person:3`; comes back as the value of its buttons and the block id of its menu.
        name: In plain words.
        version: None while it has none.
        messages: How many it learned from.
        bits_per_byte: On held-out text; lower is better.
        schedule: One of `SCHEDULES`, or another cron line.
        has_previous: There is a version to go back to.
    """

    label: str
    name: str
    version: int | None
    messages: int
    bits_per_byte: float | None
    schedule: str
    has_previous: bool


@dataclass(frozen=True)
class RunLine:
    """One run as admins see it; `is_open` means that it can be cancelled."""

    id: int
    name: str
    state: RunState
    progress: float
    reason: str | None
    is_open: bool


@dataclass(frozen=True)
class AdminFacts:
    """What `/mimic admin` shows; `runs` with the newest first."""

    voices: tuple[VoiceLine, ...]
    runs: tuple[RunLine, ...]
    default_cron: str


@dataclass(frozen=True)
class VoiceReport:
    """What a run made of one voice.

    Args:
        name: In plain words.
        version: The one that was made.
        is_promoted: It speaks from now on.
        bits_per_byte: On held-out text; lower is better.
    """

    name: str
    version: int
    is_promoted: bool
    bits_per_byte: float | None


@dataclass(frozen=True)
class RunReport:
    """How a run ended, for who asked for it.

    Args:
        cost: In the currency of `GPU_PRICE_PER_HOUR`; None where that is not set.
    """

    id: int
    name: str
    state: RunState
    voices: tuple[VoiceReport, ...]
    tokens: int
    seconds: float
    device: str | None = None
    cost: float | None = None
    reason: str | None = None


def build_admin(facts: AdminFacts) -> Message:
    """Show voices and runs, and what can be done with them."""
    runs = facts.runs[:_MOST_RUNS]
    room = (_MOST_BLOCKS - _AROUND - len(runs)) // 2
    return blocks.message(
        "Mimic's voices and runs",
        blocks.header("Voices and runs"),
        *_list_runs(runs, hidden=len(facts.runs) - len(runs)),
        blocks.section("*Voices*"),
        blocks.context(f"Trained, if nothing else is chosen: {_describe_cron(facts.default_cron)}"),
        *_list_voices(facts.voices[:room]),
        *_hint_more(len(facts.voices) - room, "voice", "mimic voices"),
        blocks.actions(blocks.button("Refresh", ids.ADMIN_REFRESH)),
    )


def build_run_report(report: RunReport) -> Message:
    """Tell who asked for a run how it ended."""
    title = f"Run {report.id} ({blocks.one_line(report.name)}) {_DONE[report.state]}."
    reason = f" {blocks.one_line(report.reason, limit=300)}" if report.reason else ""
    shown = report.voices[:_MOST_REPORTED]
    lines = "\n".join(map(_describe_voice_report, shown))
    return blocks.message(
        title,
        blocks.plain_section(f"{title}{reason}"),
        *(blocks.plain_sections(lines, limit=9_000) if lines else []),
        *_hint_more(len(report.voices) - len(shown), "voice", f"mimic runs log {report.id}"),
        blocks.context(_describe_effort(report)),
    )


def _list_runs(runs: Sequence[RunLine], *, hidden: int) -> list[Block]:
    shown = [_show_run(run) for run in runs] or [blocks.context("No run yet.")]
    return [blocks.section("*Runs*"), *shown, *_hint_more(hidden, "run", "mimic runs")]


def _show_run(run: RunLine) -> Block:
    bar = f"  {blocks.draw_bar(run.progress)}" if run.state == "running" else ""
    reason = f"\n{blocks.one_line(run.reason, limit=200)}" if run.reason else ""
    cancel = blocks.button("Cancel", ids.ADMIN_CANCEL, str(run.id)) if run.is_open else None
    text = f"Run {run.id}: {blocks.one_line(run.name)}, {run.state}{bar}{reason}"
    return blocks.plain_section(text, accessory=cancel)


def _list_voices(voices: Sequence[VoiceLine]) -> list[Block]:
    if not voices:
        return [blocks.context("No voice yet: somebody has to agree first.")]
    return [block for voice in voices for block in _show_voice(voice)]


def _show_voice(voice: VoiceLine) -> list[Block]:
    version = "no version yet" if voice.version is None else f"version {voice.version}"
    bits = "" if voice.bits_per_byte is None else f", {voice.bits_per_byte:.3f} bits per byte"
    text = f"{blocks.one_line(voice.name)}: {version}, {count(voice.messages, 'message')}{bits}"
    back = [_roll_back(voice)] if voice.has_previous else []
    train = blocks.button("Train now", ids.ADMIN_TRAIN, voice.label)
    return [
        blocks.plain_section(text),
        blocks.actions(train, _choose_schedule(voice.schedule), *back, block_id=voice.label[:255]),
    ]


def _choose_schedule(schedule: str) -> Block:
    schedule = blocks.one_line(schedule, limit=150, otherwise="off")
    known = [(f"Train: {each}", each) for each in SCHEDULES]
    other = [] if schedule in SCHEDULES else [(f"Train: {_describe_cron(schedule)}", schedule)]
    return blocks.select(ids.ADMIN_SCHEDULE, [*known, *other], chosen=schedule)


def _roll_back(voice: VoiceLine) -> Block:
    return blocks.button(
        "Roll back",
        ids.ADMIN_ROLLBACK,
        voice.label,
        confirm=blocks.confirm(
            "Roll back?",
            f"{blocks.one_line(voice.name)} will speak with the version before this one.",
            yes="Roll back",
            no="Keep it",
        ),
    )


def _describe_cron(cron: str) -> str:
    if cron in SCHEDULES:
        return cron
    daily = _DAILY.fullmatch(cron)
    if daily:
        return f"daily at {int(daily[2]):02}:{int(daily[1]):02} UTC"
    return f"{blocks.one_line(cron, limit=40)} (UTC)"


def _hint_more(hidden: int, noun: str, command: str) -> list[Block]:
    return [blocks.context(f"and {count(hidden, f'more {noun}')}: {command}")] if hidden > 0 else []


def _describe_voice_report(report: VoiceReport) -> str:
    fate = "speaks from now on" if report.is_promoted else "not promoted"
    bits = "" if report.bits_per_byte is None else f"; bits per byte {report.bits_per_byte:.3f}"
    return f"• {blocks.one_line(report.name)}: version {report.version}, {fate}{bits}"


def _describe_effort(report: RunReport) -> str:
    effort = [f"{count(report.tokens, 'token')} in {count(round(report.seconds), 'second')}"]
    if report.device:
        effort.append(f"on {blocks.one_line(report.device)}")
    if report.cost is not None:
        effort.append(f"cost {report.cost:.2f}")
    return ", ".join(effort)
