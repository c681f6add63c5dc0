"""What a scrubber's names are made of."""

from storage.name_memory import NameMemory

ADA, BOB = 1, 2


def test_who_is_forgotten_stays_known_and_a_former_name_does_not():
    memory = NameMemory()
    memory.tell({ADA: ["ada", "Quill"], BOB: ["bob"]}, set())
    assert memory.tell({BOB: ["bobby"]}, {ADA}) == {"ada", "Quill", "bobby"}
    assert memory.tell({BOB: ["bobby"]}, {ADA}) == {"ada", "Quill", "bobby"}


def test_a_name_that_is_heard_again_is_no_news():
    memory = NameMemory()
    for forms, news in ((["ada"], 1), (["ada"], 1), (["ada", "Quill"], 2)):
        memory.hear(ADA, forms)
        assert memory.news == news
    assert not memory.is_in_use
    assert memory.tell({}, {ADA}) == {"ada", "Quill"}
    assert memory.is_in_use


def test_a_name_that_is_known_from_before_is_no_news_either():
    memory = NameMemory()
    memory.tell({ADA: ["ada"]}, set())
    memory.tell({}, {ADA})
    memory.hear(ADA, ["ada"])
    assert memory.news == 0
