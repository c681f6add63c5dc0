"""A year of conversations: who says what, where and when, in threads or in the open."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.sample.grammar import Dealer, Facts, parse_options
from bot.sample.speech import Speech
from bot.sample.team import App, Channel, Person, Team, Topic, load_phrases
from bot.sample.timeline import HOUR, MINUTE, SECOND, Timeline

_THREADS = 0.5  # shares of conversations, of replies, of messages
_BROADCASTS = 0.03
_CLOSINGS = 0.7
_ACTIONS = 0.05
_EDITS = 0.04
_REACTIONS = 0.15
_GOES_ON = 0.78
_RELEASES = 40


@dataclass(frozen=True)
class Post:
    """One message; `moment` is its ts, `root` its thread's first message."""

    channel: Channel
    author: Person | App
    moment: int
    text: str
    subtype: str = ""
    root: "Post | None" = None
    edited: int | None = None
    reactions: tuple[tuple[str, str], ...] = ()  # emoji, user id


@dataclass(frozen=True)
class _Talk:
    """What the messages of one conversation have in common."""

    topic: Topic
    facts: Facts
    is_thread: bool


def compose_year(team: Team, rng: random.Random) -> list[Post]:
    """Let the team talk until everybody has said their share; oldest message first."""
    return sorted(_Year(team, rng).posts(), key=lambda post: post.moment)


class _Year:
    """The people's voices, what each has left to say, and the clock."""

    def __init__(self, team: Team, rng: random.Random) -> None:
        self._team = team
        self._rng = rng
        self._timeline = Timeline(team.first_day, rng)
        names = [*(person.name for person in team.people), team.app.name]
        self._speech = {name: Speech(load_phrases(name), rng) for name in names}
        self._left = {person.name: person.messages for person in team.people}
        facts = load_phrases("everyone")["facts"]
        self._facts = {name: parse_options(options) for name, options in facts.items()}
        self._dealer = Dealer(rng)

    def posts(self) -> Iterator[Post]:
        yield from self._comings_and_goings()
        yield from self._app_posts()
        while any(self._left.values()):
            moment = self._timeline.any_moment()
            starter = self._pick(self._candidates(moment))
            if starter:
                yield from self._conversation(starter, moment)

    # --- who

    def _candidates(self, moment: int) -> list[Person]:
        """List who works here and has something left to say."""
        return [
            person
            for person in self._team.people
            if self._left[person.name] and self._timeline.is_active(person, moment)
        ]

    def _pick(self, candidates: Sequence[Person]) -> Person | None:
        if not candidates:
            return None
        return self._rng.choices(candidates, [self._left[c.name] for c in candidates])[0]

    def _next_author(self, previous: Person, moment: int) -> Person | None:
        """Pick who speaks next: at times the same person, best of all someone at work."""
        candidates = self._candidates(moment)
        if previous in candidates and self._rng.random() < self._speech[previous.name].burst_rate:
            return previous
        others = [person for person in candidates if person is not previous]
        awake = [person for person in others if self._timeline.is_at_work(person, moment)]
        return self._pick(awake or others)

    # --- what

    def _conversation(self, starter: Person, moment: int) -> Iterator[Post]:
        rng = self._rng
        topic = rng.choices(self._team.topics, [topic.weight for topic in self._team.topics])[0]
        facts = self._topic_facts(topic.channel, moment)
        talk = _Talk(topic, facts, is_thread=rng.random() < _THREADS)
        author, root = starter, self._post(talk, starter, "open", moment=moment)
        yield root
        moment = root.moment
        while rng.random() < _GOES_ON:
            moment += int(rng.expovariate(1 / (4 * MINUTE))) + 5 * SECOND
            before, next_author = author, self._next_author(author, moment)
            if next_author is None:
                return
            author = next_author
            kind = self._kind(author, before=before, starter=starter)
            post = self._post(talk, author, kind, moment=moment, before=before)
            yield self._in_thread(post, root) if talk.is_thread else post
            moment = post.moment

    def _kind(self, author: Person, *, before: Person, starter: Person) -> str:
        if author is before:
            return "burst"
        is_closing = author is starter and self._rng.random() < _CLOSINGS
        return "close" if is_closing else "reply"

    def _topic_facts(self, channel: Channel, moment: int) -> Facts:
        """Draw what the conversation is about, so that its messages agree."""
        facts = {name: self._dealer.expand(name, self._facts, {}) for name in self._facts}
        version = f"2.{1 + int(self._timeline.share(moment) * _RELEASES)}"
        elsewhere = next(other for other in self._team.channels if other is not channel)
        link = f"[{elsewhere.name}](#{elsewhere.id})"
        return {**facts, "version": version, "#elsewhere": link}

    def _message_facts(self, author: Person, moment: int, before: Person | None) -> Facts:
        """Name two teammates, and the person who is answered."""
        others = self._colleagues(author, moment)
        mate, other = self._rng.sample([person for person in others if person is not before], 2)
        asker = before if before in others else other
        return {
            "mate": mate.first_name,
            "other": other.first_name,
            "@other": f"[](@{other.id})",
            "asker": asker.first_name,
            "@asker": f"[](@{asker.id})",
        }

    def _colleagues(self, author: Person, moment: int) -> list[Person]:
        active = [p for p in self._team.people if self._timeline.is_active(p, moment)]
        return [person for person in active if person is not author]

    # --- when, and how it looks

    def _post(
        self, talk: _Talk, author: Person, kind: str, *, moment: int, before: Person | None = None
    ) -> Post:
        rng, speech = self._rng, self._speech[author.name]
        self._left[author.name] -= 1
        facts = {**talk.facts, **self._message_facts(author, moment, before)}
        is_action = not talk.is_thread and speech.says("me") and rng.random() < _ACTIONS
        moment = self._timeline.next_at_work(author, moment)
        return Post(
            channel=talk.topic.channel,
            author=author,
            moment=moment,
            text=speech.say("me" if is_action else kind, topic=talk.topic.name, facts=facts),
            subtype="me_message" if is_action else "",
            edited=moment + rng.randrange(20, 600) * SECOND if rng.random() < _EDITS else None,
            reactions=self._reactions(author, moment),
        )

    def _in_thread(self, post: Post, root: Post) -> Post:
        is_broadcast = self._rng.random() < _BROADCASTS
        return replace(post, root=root, subtype="thread_broadcast" if is_broadcast else "")

    def _reactions(self, author: Person, moment: int) -> tuple[tuple[str, str], ...]:
        if self._rng.random() >= _REACTIONS:
            return ()
        fans = self._rng.sample(self._colleagues(author, moment), self._rng.randint(1, 3))
        return tuple((self._rng.choice(fan.reactions), fan.id) for fan in fans)

    # --- what is no conversation

    def _app_posts(self) -> Iterator[Post]:
        """Compose the app's notices: half in the old form, half as the app's own user."""
        app, channel = self._team.app, self._team.channels[-1]
        for i in range(app.messages):
            moment = self._timeline.take(self._timeline.any_moment())
            facts = self._topic_facts(channel, moment)
            text = self._speech[app.name].say("open", topic="", facts=facts)
            yield Post(channel, app, moment, text, subtype="bot_message" if i % 2 else "")

    def _comings_and_goings(self) -> Iterator[Post]:
        """Let everybody join both channels on the first morning, and leave when they leave."""
        for channel in self._team.channels:
            for person in self._team.people:
                joined = self._timeline.take(self._timeline.start + 7 * HOUR)
                text = f"<@{person.id}> has joined the channel"
                yield Post(channel, person, joined, text, subtype="channel_join")
                if person.is_deactivated:
                    left = self._timeline.take(self._timeline.last_moment(person))
                    text = f"<@{person.id}> has left the channel"
                    yield Post(channel, person, left, text, subtype="channel_leave")
