"""Many ask at once: every one of them gets an answer, and only one."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.errors import Busy
from bot.mimicry import Mimicry, Said, Speaker
from bot.realization import Surroundings
from bot.session import Session, open_session
from bot.settings import Settings
from bot.studio import LARGEST_BATCH, MOST_PROMPT, Order, Studio, choose_candidates
from bot.targets import Target, parse_target
from storage.anonymization import escape
from storage.errors import UnknownMember

SECONDS = 30  # nothing takes as long, unless something is wrong
ADA, BRAM, NOBODY = (parse_target(name) for name in ("@ada", "@bram", "@nobody"))


class Answers:
    """What came back, in order, for each number that was asked for."""

    def __init__(self) -> None:
        self.given: list[tuple[int, Said | Exception]] = []
        self.threads: set[str] = set()
        self._news = threading.Condition()

    def take(self, number: int):
        def then(outcome: Said | Exception) -> None:
            with self._news:
                self.given.append((number, outcome))
                self.threads.add(threading.current_thread().name)
                self._news.notify_all()

        return then

    def wait(self, count: int) -> dict[int, Said | Exception]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.given) >= count, SECONDS)
            return dict(self.given)


class WatchedMimicry(Mimicry):
    """Notes what it opens, and how much was waiting then; breaks when it is told to."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.store, session.registry)
        self.opened: list[Target] = []
        self.waiting: list[int] = []
        self.read_waiting = lambda: 0
        self.breaks_at: Target | None = None

    def open(self, target: Target) -> Speaker:
        self.opened.append(target)
        self.waiting.append(self.read_waiting())
        speaker = super().open(target)
        return BrokenSpeaker(self, rows=[], parts=[]) if target is self.breaks_at else speaker


class BrokenSpeaker(Speaker):
    def ask(self, line):
        raise RuntimeError("a text that must not be logged")


@pytest.fixture
def session(speaking) -> Iterator[Session]:
    with open_session(Settings.alone(speaking)) as session:
        yield session


@pytest.fixture
def mimicry(session) -> WatchedMimicry:
    return WatchedMimicry(session)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@contextmanager
def _running(studio: Studio) -> Iterator[Studio]:
    studio.start()
    try:
        yield studio
    finally:
        studio.close(SECONDS)


def test_an_order_is_answered_with_a_message(mimicry, answers):
    with _running(Studio(mimicry)) as studio:
        studio.submit(Order(ADA, prompt="lunch"), answers.take(1))
        said = answers.wait(1)[1]
    assert said.voice == "@ada"
    assert said.text.startswith("lunch")


def test_answers_are_given_beside_the_sampling_thread(mimicry, answers):
    met = threading.Barrier(2, timeout=SECONDS)
    with _running(Studio(mimicry)) as studio:
        for number in (1, 2):  # each waits for the other: one thread alone would wait for ever
            done = answers.take(number)
            studio.submit(Order(ADA), lambda said, done=done: (met.wait(), done(said)))
            threading.Event().wait(0.05)
        answers.wait(2)
    assert "studio" not in answers.threads


def test_the_same_seed_says_the_same_however_many_wait(mimicry, answers):
    studio = Studio(mimicry)
    for number in range(LARGEST_BATCH + 4):
        studio.submit(Order(ADA, seed=7 if number in (0, 19) else None), answers.take(number))
    with _running(studio):
        said = answers.wait(LARGEST_BATCH + 4)
    assert said[0] == said[19] != said[5]


def test_those_who_wait_are_drawn_together_in_the_order_they_came(mimicry, answers):
    studio = Studio(mimicry)
    mimicry.read_waiting = lambda: studio.waiting
    targets = [ADA, BRAM] * (LARGEST_BATCH // 2) + [BRAM, ADA, ADA]
    for number, target in enumerate(targets):
        studio.submit(Order(target), answers.take(number))
    assert studio.waiting == len(targets)
    with _running(studio):
        said = answers.wait(len(targets))
    assert mimicry.opened == targets
    assert mimicry.waiting == [3] * LARGEST_BATCH + [0] * 3
    assert [said[n].voice for n in (0, 1, 16)] == ["@ada", "@bram", "@bram"]


def test_whoever_is_ready_first_is_answered_first(mimicry, session, answers):
    real = max((message.text for message in session.store.messages.read()), key=len)
    studio = Studio(mimicry)
    studio.submit(Order(ADA, prompt=escape(real)), answers.take(0))  # drawn again and again
    studio.submit(Order(BRAM), answers.take(1))
    with _running(studio):
        answers.wait(2)
    assert [number for number, _ in answers.given] == [1, 0]


def test_an_endless_prompt_is_cut_after_a_word(mimicry, answers):
    with _running(Studio(mimicry)) as studio:
        studio.submit(Order(ADA, prompt="lunch? " * 10_000), answers.take(1))
        said = answers.wait(1)[1].text
    assert said.startswith(("lunch? " * (MOST_PROMPT // 7)).strip())
    assert len(said) < 3 * MOST_PROMPT


@pytest.mark.parametrize(
    ("waiting", "candidates"), [(1, 8), (4, 8), (5, 6), (16, 6), (17, 4), (256, 4)]
)
def test_the_more_wait_the_fewer_candidates_are_drawn(waiting: int, candidates: int):
    assert choose_candidates(waiting) == candidates


def test_when_too_many_wait_the_next_is_told_so_at_once(mimicry, answers):
    studio = Studio(mimicry, capacity=3)
    for number in range(3):
        studio.submit(Order(ADA), answers.take(number))
    with pytest.raises(Busy):
        studio.submit(Order(ADA), answers.take(3))
    with _running(studio):
        assert sorted(answers.wait(3)) == [0, 1, 2]


def test_answers_that_are_not_given_yet_count_too(mimicry, answers):
    release = threading.Event()
    with _running(Studio(mimicry, capacity=1)) as studio:
        done = answers.take(1)
        studio.submit(Order(ADA), lambda said: (release.wait(SECONDS), done(said)))
        while studio.waiting:
            threading.Event().wait(0.01)
        with pytest.raises(Busy):
            studio.submit(Order(ADA), answers.take(2))
        release.set()
        answers.wait(1)


def test_whoever_has_waited_too_long_is_told_so(mimicry, answers):
    with _running(Studio(mimicry, patience_seconds=0)) as studio:
        studio.submit(Order(ADA), answers.take(1))
        assert isinstance(answers.wait(1)[1], Busy)
    assert mimicry.opened == []


def test_who_cannot_be_mimicked_keeps_nobody_from_it(mimicry, answers):
    studio = Studio(mimicry)
    for number, target in enumerate((ADA, NOBODY, BRAM)):
        studio.submit(Order(target), answers.take(number))
    with _running(studio):
        said = answers.wait(3)
    assert isinstance(said[1], UnknownMember)
    assert (said[0].voice, said[2].voice) == ("@ada", "@bram")


def test_an_order_that_breaks_its_batch_fails_alone(mimicry, answers, caplog):
    studio = Studio(mimicry)
    mimicry.breaks_at = BRAM
    for number, target in enumerate((ADA, BRAM, ADA)):
        studio.submit(Order(target), answers.take(number))
    with _running(studio):
        said = answers.wait(3)
        studio.submit(Order(ADA), answers.take(3))  # the thread goes on
        assert answers.wait(4)[3].text
    assert isinstance(said[1], RuntimeError)
    assert (said[0].voice, said[2].voice) == ("@ada", "@ada")
    assert "RuntimeError" in caplog.text
    assert "must not be logged" not in caplog.text


def test_whoever_says_no_while_an_order_waits_is_not_mimicked(mimicry, session, answers):
    studio = Studio(mimicry)
    studio.submit(Order(ADA), answers.take(1))
    session.store.consent.revoke(session.store.members.find("@ada").id, actor="test")
    with _running(studio):
        assert isinstance(answers.wait(1)[1], Exception)


def test_an_order_says_whom_it_may_mention(mimicry, answers):
    here = Surroundings(people=["Quill"])
    with _running(Studio(mimicry)) as studio:
        studio.submit(Order(ADA, prompt="see <@U06BRAMKES>", here=here), answers.take(1))
        assert answers.wait(1)[1].text.startswith("see Quill")


def test_an_answer_that_cannot_be_given_is_logged_and_harms_no_other(mimicry, answers, caplog):
    def fail(_: Said | Exception) -> None:
        raise ConnectionError("text and names")

    studio = Studio(mimicry)
    studio.submit(Order(ADA), fail)
    studio.submit(Order(ADA), answers.take(1))
    with _running(studio):
        answers.wait(1)
    assert "ConnectionError" in caplog.text
    assert "text and names" not in caplog.text


def test_closing_answers_all_who_wait_and_refuses_all_who_come(mimicry, answers):
    studio = Studio(mimicry)
    for number in range(LARGEST_BATCH + 3):
        studio.submit(Order(ADA), answers.take(number))
    studio.start()
    studio.close(SECONDS)
    assert Counter(number for number, _ in answers.given) == Counter(range(LARGEST_BATCH + 3))
    assert all(isinstance(outcome, Said) for _, outcome in answers.given)
    with pytest.raises(Busy):
        studio.submit(Order(ADA), answers.take(99))


def test_what_cannot_be_drawn_before_the_close_is_refused_once(mimicry, answers):
    entered, release = threading.Event(), threading.Event()

    def hold_up() -> int:
        entered.set()
        release.wait(SECONDS)
        return 0

    studio = Studio(mimicry)
    mimicry.read_waiting = hold_up
    for number in range(LARGEST_BATCH + 2):
        studio.submit(Order(ADA), answers.take(number))
    studio.start()
    assert entered.wait(SECONDS)
    studio.close(1.5)
    release.set()
    studio.close(SECONDS)  # the batch that was under way ends, and is not answered again
    assert Counter(number for number, _ in answers.given) == Counter(range(LARGEST_BATCH + 2))
    assert all(isinstance(outcome, Busy) for _, outcome in answers.given)


def test_a_studio_that_never_ran_can_be_closed(mimicry, answers):
    studio = Studio(mimicry)
    studio.submit(Order(ADA), answers.take(1))
    studio.close(1)
    assert isinstance(answers.wait(1)[1], Busy)
