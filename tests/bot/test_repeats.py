"""What was seen before, for how long it is remembered, and who has to wait."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from bot.memory import Memory
from bot.repeats import DAY_SECONDS, Cooldown, Repeats


class Clock:
    def __init__(self):
        self.seconds = 1_000.0

    def __call__(self):
        return self.seconds


def test_a_key_is_new_once():
    repeats = Repeats()
    assert repeats.is_new("event", "Ev1")
    assert not repeats.is_new("event", "Ev1")
    assert repeats.is_new("event", "Ev2")
    assert repeats.is_new("click", "Ev1")


def test_parts_of_a_key_are_told_apart():
    repeats = Repeats()
    assert repeats.is_new("ab", "c")
    assert repeats.is_new("a", "bc")


def test_a_key_is_remembered_for_a_day():
    clock = Clock()
    repeats = Repeats(now=clock)
    repeats.is_new("event", "Ev1")
    clock.seconds += DAY_SECONDS - 1
    assert not repeats.is_new("event", "Ev1")
    clock.seconds += 1
    assert repeats.is_new("event", "Ev1")


def test_a_key_can_be_remembered_for_a_moment():
    clock = Clock()
    repeats = Repeats(now=clock)
    repeats.is_new("shuffle", seconds=2)
    clock.seconds += 2
    assert repeats.is_new("shuffle", seconds=2)


def test_what_failed_may_come_again():
    repeats = Repeats()
    repeats.is_new("click", "post")
    repeats.forget("click", "post")
    assert repeats.is_new("click", "post")


def test_of_too_many_keys_the_oldest_goes():
    repeats = Repeats(capacity=2)
    for key in ("one", "two", "three"):
        repeats.is_new(key)
    assert not repeats.is_new("three")
    assert repeats.is_new("one")


def test_of_many_at_once_only_one_is_the_first():
    repeats = Repeats()
    start, firsts = threading.Barrier(8), []

    def come():
        start.wait()
        firsts.extend(number for number in range(200) if repeats.is_new(str(number)))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(firsts) == list(range(200))


def test_a_memory_keeps_the_newest_value_and_forgets_it_in_time():
    clock = Clock()
    memory = Memory(10, now=clock)
    memory.keep("key", "old", seconds=5)
    memory.keep("key", "new", seconds=5)
    assert memory.recall("key") == "new"
    clock.seconds += 5
    assert memory.recall("key") is None
    assert memory.recall("other") is None


@given(st.lists(st.integers(0, 20)))
def test_a_memory_never_holds_more_than_it_may(keys):
    memory = Memory(5)
    for key in keys:
        memory.keep(str(key), key, seconds=60)
        assert len(memory) <= 5
        assert memory.recall(str(key)) == key


def test_who_was_just_answered_waits():
    clock = Clock()
    cooldown = Cooldown(3, now=clock)
    assert cooldown.take("U1") == 0
    assert cooldown.take("U1") == 3
    clock.seconds += 2.5
    assert cooldown.take("U1") == 1
    clock.seconds += 0.5
    assert cooldown.take("U1") == 0


def test_one_persons_wait_is_nobody_elses():
    cooldown = Cooldown(3)
    cooldown.take("U1")
    assert cooldown.take("U2") == 0


def test_asking_too_soon_makes_nobody_wait_longer():
    clock = Clock()
    cooldown = Cooldown(3, now=clock)
    cooldown.take("U1")
    clock.seconds += 2
    cooldown.take("U1")
    clock.seconds += 1
    assert cooldown.take("U1") == 0


def test_without_a_cooldown_nobody_waits():
    cooldown = Cooldown(0)
    assert [cooldown.take("U1") for _ in range(3)] == [0, 0, 0]
