"""Who and what has enough messages for a voice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from storage.store import Store
from training.corpus import Corpus, build_corpus
from training.subject import Subject, find_obstacle


@dataclass(frozen=True)
class Prospect:
    """A member or channel that could have a voice; `obstacle` says what is missing, if anything."""

    label: str
    kind: Literal["person", "channel"]
    subject: int
    messages: int
    obstacle: str | None


def find_prospects(store: Store) -> list[Prospect]:
    """Return everybody and every public channel with messages, the ready ones first."""
    corpus = build_corpus(store.messages.read())
    found = [*_find_people(store, corpus), *_find_channels(store, corpus)]
    return sorted(found, key=lambda prospect: (prospect.obstacle is not None, -prospect.messages))


def _find_people(store: Store, corpus: Corpus) -> Iterator[Prospect]:
    for author in sorted(set(corpus.authors.tolist())):
        subject = Subject(author=author)
        yield Prospect(
            label=f"@{store.members.get(author).handle}",
            kind="person",
            subject=author,
            messages=len(subject.select_all(corpus)),
            obstacle=find_obstacle(corpus, subject),
        )


def _find_channels(store: Store, corpus: Corpus) -> Iterator[Prospect]:
    for channel in sorted(set(corpus.channels.tolist())):
        subject = Subject(channel=channel)
        yield Prospect(
            label=f"#{store.channels.get(channel).name}",
            kind="channel",
            subject=channel,
            messages=len(subject.select_all(corpus)),
            obstacle=find_obstacle(corpus, subject),
        )
