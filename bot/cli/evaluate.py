"""`mimic evaluate`: figures of voices beside their baselines, and of anonymization."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import Json, Targets
from bot.cli.trials import Plan
from bot.errors import Misused


class Half(StrEnum):
    """The halves of the labeled messages."""

    LOCKED = "locked"
    TUNING = "tuning"


def evaluate(
    targets: Targets = None,
    *,
    test: Annotated[
        bool,
        typer.Option("--test", help="Train afresh without the newest tenth, and judge by that."),
    ] = False,
    canaries: Annotated[
        bool,
        typer.Option("--canaries", help="Train afresh with planted secrets, and ask for them."),
    ] = False,
    little_consent: Annotated[
        bool,
        typer.Option(
            "--little-consent",
            help="Train afresh as if 1, 3, 8 or all people had agreed, with 100 to 3,000 messages "
            "each.",
        ),
    ] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0.05, help="Time for each training afresh.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn to judge by.")] = 1,
    privacy: Annotated[
        bool,
        typer.Option("--privacy", help="Measure what is hidden of labeled messages instead."),
    ] = False,
    half: Annotated[
        Half | None,
        typer.Option(help="With --privacy: which half of them; rules are tuned on the other one."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Write all that is found to a page, too; an older page of Mimic's is replaced.",
        ),
    ] = None,
    with_samples: Annotated[
        bool,
        typer.Option(
            "--with-samples",
            help="With --report and --test: add messages that the voices wrote to the page.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure voices on text they have not learned.

    Beside each stand the base and character n-grams, on the same text, in bits per byte. Without
    TARGET, every trained voice of a member or channel is measured.

    What is trained afresh is never kept. With --test: also whose voice expects whose messages,
    whether it expects what its person answered, and whose messages those are taken to be that it
    writes. With --canaries: how many planted secrets can be drawn out of voices, with and without
    the guard against copies.

    With --privacy: of each kind of personal thing, how much is wholly hidden (recall), and how
    many of its placeholders hide such a thing (precision), on messages that come with Mimic.

    With --report: all of it on one page that needs no other file, with loss curves and heat maps.
    It is written after each finding, so Ctrl-C leaves what was found until then.

    Example: mimic evaluate @ada

    Example: mimic evaluate --test --canaries --minutes 10 --report report.html
    """
    from bot.targets import parse_reference

    references = [parse_reference(target) for target in targets or ()]
    plan = Plan(references, test, canaries, little_consent, minutes, seed)
    _require_sense(plan, privacy=privacy, has_half=half is not None)
    if with_samples and not (report and test):
        raise Misused("--with-samples is for a page of a test: give --report and --test with it.")
    if privacy:
        from bot.cli.privacy_figures import show_privacy

        show_privacy(half or Half.LOCKED, report, as_json=as_json)
    else:
        from bot.cli.keeping import show_and_keep

        show_and_keep(plan, report, with_samples=with_samples, as_json=as_json)


def _require_sense(plan: Plan, *, privacy: bool, has_half: bool) -> None:
    """Refuse options that say nothing together.

    Raises:
        Misused: They are such.
    """
    if plan.minutes is not None and not plan.trains:
        raise Misused("--minutes is for what trains: --test, --canaries or --little-consent.")
    if plan.references and plan.trains and not plan.test:
        raise Misused("--canaries and --little-consent choose their people: give no TARGET.")
    if privacy and (plan.references or plan.trains):
        raise Misused("--privacy measures no voice: give it no TARGET and nothing to train.")
    if has_half and not privacy:
        raise Misused("--half is for --privacy.")
