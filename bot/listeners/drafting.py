"""From a wish to a preview: checked, drawn, looked at once more, and shown to who asked alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from bot.access import Grant
from bot.errors import SlackError
from bot.listeners.asking import Asked, answer_for, count
from bot.mimicry import Said
from bot.realization import Surroundings, realize
from bot.refusals import RefusalKind, Refused
from bot.safety import take_last_look
from bot.services import Services
from bot.slack_users import name_user
from bot.studio import MOST_PROMPT, Order
from bot.targets import Target
from bot.views.blocks import Message, clean
from bot.views.previews import Draft, build_preview
from bot.wording import read_plainly, says_something
from storage.errors import UnknownChannel

MOST_DRAWS = 3  # of a message that may be shown

Show = Callable[[Message], None]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to hear.

    Attributes:
        written: The target as text.
        prompt: As Slack sent it.
    """

    target: Target
    written: str
    prompt: str


@dataclass(frozen=True)
class _Sitting:
    """One wish on its way."""

    services: Services
    asked: Asked
    wish: Wish
    prompt: str  # in plain words
    grant: Grant
    here: Surroundings
    show: Show
    draws_left: int


def draft(services: Services, asked: Asked, wish: Wish, *, show: Show) -> None:
    """Let the studio draw a message, and show it when it comes; may wait for Slack.

    Raises:
        Refused: It may not be.
        Busy: Too much is asked for.
        SlackError: Slack does not say what has to be known.
    """
    wish = replace(wish, prompt=wish.prompt.strip()[:MOST_PROMPT])
    words = read_plainly(wish.prompt, name_user=lambda who: find_name(services, who))
    prompt = take_last_look(words.strip())
    if services.safety.has_bad_word(prompt):
        raise Refused("bad_words")
    grant = _check(services, asked, wish)
    speakers = {person.member for person in grant.people}
    here = services.company.find(asked.channel_id, asked.channel_name, without=speakers)
    _draw(_Sitting(services, asked, wish, prompt, grant, here, show, MOST_DRAWS))


def _draw(sitting: _Sitting) -> None:
    services, wish = sitting.services, sitting.wish

    def receive(outcome: Said | Exception) -> None:
        answer_for(services, sitting.asked, lambda: _receive(sitting, outcome))

    services.studio.submit(Order(wish.target, prompt=wish.prompt, here=sitting.here), receive)


def _receive(sitting: _Sitting, outcome: Said | Exception) -> None:
    """Show what was drawn, or draw again what cannot be shown."""
    if isinstance(outcome, Exception):
        _check(sitting.services, sitting.asked, sitting.wish)  # somebody may just have said no
        raise outcome
    _require_agreed(sitting)
    text = f"{sitting.prompt}{_read_own_part(sitting, outcome)}"
    problem = _find_problem(sitting, outcome, text)
    if problem is None:
        _show(sitting, text)
    elif outcome.is_refused or sitting.draws_left <= 1:
        raise Refused(problem, name=sitting.grant.name)
    else:
        _draw(replace(sitting, draws_left=sitting.draws_left - 1))


def _require_agreed(sitting: _Sitting) -> None:
    """Show nothing of somebody who said no after it was drawn.

    Raises:
        Refused: Somebody did.
    """
    allows = sitting.services.session.store.consent.allows
    if not all(allows(person.member) for person in sitting.grant.people):
        _check(sitting.services, sitting.asked, sitting.wish)


def _read_own_part(sitting: _Sitting, said: Said) -> str:
    """Return what the voice itself wrote, with what the prompt says left out."""
    own = said.text
    if sitting.prompt:
        begun = sitting.services.session.store.scrubber().scrub(sitting.wish.prompt).text
        rest = said.stored.removeprefix(begun)
        own = realize(rest, sitting.here, np.random.default_rng())
    return take_last_look(clean(own))


def _find_problem(sitting: _Sitting, said: Said, text: str) -> RefusalKind | None:
    own = text.removeprefix(sitting.prompt)
    is_mere_ending = bool(sitting.prompt) and not says_something(own)
    if said.is_refused or not own.strip() or is_mere_ending:
        return "nothing_new"
    return "bad_words" if sitting.services.safety.has_bad_word(text) else None


def _show(sitting: _Sitting, text: str) -> None:
    services, asked, grant = sitting.services, sitting.asked, sitting.grant
    made = Draft(
        target=sitting.wish.written,
        text=text,
        prompt=sitting.prompt,
        subjects=tuple(person.user_id for person in grant.people),
        requester=asked.user_id,
    )
    record(services, asked, "mimicked", (person.member for person in grant.people))
    sitting.show(build_preview(made, voice=grant.name))
    count(services, asked, "answered")


def _check(services: Services, asked: Asked, wish: Wish) -> Grant:
    return services.access.check(wish.target, requester_id=asked.user_id, team_id=asked.team_id)


def find_name(services: Services, user_id: str) -> str:
    """Return what somebody is called, "" where Slack does not say."""
    try:
        return name_user(services.slack.recall_user(user_id) or {})
    except SlackError:
        return ""


def record(services: Services, asked: Asked, event: str, members: Iterable[int]) -> None:
    """Note in the audit log, for each person, who did what with their voice, and where."""
    store, team_id = services.session.store, services.slack.identity.team_id
    by = store.members.ensure(asked.user_id, team_id=team_id).id
    channel = _find_channel_row(services, asked.channel_id)
    for member in members:
        store.audit.record(event, member=member, by=by, channel=channel)


def _find_channel_row(services: Services, channel_id: str) -> int:
    """Return a conversation's row, 0 where it has none."""
    try:
        return services.session.store.channels.find(channel_id).id
    except UnknownChannel:
        return 0
