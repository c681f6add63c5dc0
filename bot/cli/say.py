"""`mimic say`: new messages in a voice."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from bot import console
from bot.cli.options import Json, Target
from training.config import Length


def say(
    target: Target,
    *,
    prompt: Annotated[str, typer.Option(help="How the message begins.")] = "",
    reply_to: Annotated[str, typer.Option(help="The message that is answered.")] = "",
    count: Annotated[int, typer.Option(min=1, help="How many messages.")] = 1,
    length: Annotated[
        Length, typer.Option(help="One message, several in a row, or one long text.")
    ] = "message",
    temperature: Annotated[
        float | None,
        typer.Option(
            help="0 always takes the likeliest, higher is bolder; people's voices have 1.05, a "
            "text's 0.8."
        ),
    ] = None,
    top_p: Annotated[
        float, typer.Option(help="Draw from the likeliest tokens of this total, in (0, 1].")
    ] = 1.0,
    min_p: Annotated[
        float | None,
        typer.Option(
            help="Never draw below this part of the likeliest token, in [0, 1); people's voices "
            "have 0, a text's 0.05."
        ),
    ] = None,
    intensity: Annotated[
        float, typer.Option(help="0 is the team, 1 the voice, 1.5 more like it than itself.")
    ] = 1.0,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same number says the same again.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write new messages in the style of TARGET.

    Example: mimic say '2*@ada + channel:random' --prompt 'lunch' --count 3
    """
    from bot.session import open_session
    from bot.targets import parse_target
    from training.config import SamplingConfig

    parsed = parse_target(target)
    asked = {"temperature": temperature, "min_p": min_p, "top_p": top_p, "intensity": intensity}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    SamplingConfig(**given)  # refuses what is out of range before anything is opened
    with open_session() as session:
        import numpy as np

        from training.generation import Request

        speaker = session.mimicry.open(parsed)
        request = Request(prompt, reply_to, length)
        rng = np.random.default_rng(seed)
        sampling = replace(speaker.sampling, **given)
        for said in speaker.say(request, sampling, rng=rng, count=count):
            if said.is_refused:
                console.note("All that was drawn comes close to real messages; this the least.")
            console.print_json(said.to_json()) if as_json else console.print_text(said.text)
