"""What every listener is given: the parts of the serving process, and how they are put together."""

from dataclasses import dataclass

from bot.access import Access
from bot.company import Company
from bot.errands import Errands
from bot.joining import Joining
from bot.live import LiveIntake
from bot.metrics import Metrics
from bot.repeats import Cooldown, Repeats
from bot.safety import Safety
from bot.session import Session
from bot.slack import Slack
from bot.studio import Studio
from bot.uninstalling import Uninstalling

_DESK_THREADS = 8


@dataclass(frozen=True)
class Services:
    """The parts of the serving process.

    Attributes:
        session: Settings, store, voices.
        slack: Carries messages, knows members and channels.
        studio: Says new messages.
        desk: Does at once what somebody waits for: commands and clicks, after their ack.
        errands: Does what takes longer.
        live: Stores what is written now.
        joining: Welcomes who agrees.
        uninstalling: Removes everything once the workspace wants it.
        access: Says who may hear which voice.
        company: Says whom a message may mention.
        repeats: Knows what came before.
        cooldown: Says who must wait.
        safety: Looks at words.
        metrics: Counts.
    """

    session: Session
    slack: Slack
    studio: Studio
    desk: Errands
    errands: Errands
    live: LiveIntake
    joining: Joining
    uninstalling: Uninstalling
    access: Access
    company: Company
    repeats: Repeats
    cooldown: Cooldown
    safety: Safety
    metrics: Metrics


def build_services(session: Session, slack: Slack) -> Services:
    """Put the parts together; those that have threads of their own are still to be started.

    Raises:
        SlackError: Slack does not say who the bot is.
        InvalidSetting: The word list cannot be read.
    """
    settings, store = session.settings, session.store
    errands, studio, metrics = Errands(), Studio(session.mimicry), Metrics(store)
    metrics.watch("mimic_requests_waiting", "Requests that wait", lambda: studio.waiting)
    include = frozenset(settings.mimic_include)
    live = LiveIntake(store, team_id=slack.identity.team_id, include=include)
    return Services(
        session=session,
        slack=slack,
        studio=studio,
        desk=Errands(_DESK_THREADS),
        errands=errands,
        live=live,
        joining=Joining(session, slack, errands),
        uninstalling=Uninstalling(session, slack, errands, live),
        access=Access(store, slack, include=include),
        company=Company(store, slack),
        repeats=Repeats(),
        cooldown=Cooldown(settings.mimic_cooldown_seconds),
        safety=Safety.read(settings.mimic_word_list),
        metrics=metrics,
    )
