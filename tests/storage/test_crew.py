"""Processes that scrub: real ones, of which each test starts as few as it can."""

import json
import os
from io import BytesIO

import pytest

from storage.anonymization import Scrubber
from storage.crew import Crew, choose_size
from storage.errors import ScrubbingEnded
from storage.scrubbing import answer_all

TEXTS = ["lunch with Quill?\nsee https://x.example", "half \ud83d", "call 0049 30 901820", "", "ok"]


@pytest.fixture
def crew():
    with Crew(1) as crew:
        yield crew


def test_a_crew_scrubs_as_a_scrubber_here_does_whatever_names_it_is_given(crew):
    for names in (["Ada Quill"], []):
        scrubber = Scrubber(names)
        expected = [scrubber.scrub(text).text for text in TEXTS]
        assert crew.scrub(scrubber, TEXTS).result() == expected


def test_no_process_starts_for_nothing(crew):
    assert crew.scrub(Scrubber(()), []).result() == []
    assert crew._hands == []


def test_a_process_that_has_ended_is_one_plain_error(crew):
    scrubber = Scrubber(())
    crew.scrub(scrubber, ["hello"]).result()
    crew._hands[0].process.kill()
    crew._hands[0].process.wait()
    with pytest.raises(ScrubbingEnded, match="start the import again"):
        crew.scrub(scrubber, ["cinnamon"]).result()


def test_what_went_wrong_in_a_process_is_told_by_its_kind_and_place_alone(crew):
    broken = {"texts": [{"cinnamon": "no text"}]}
    crew.scrub(Scrubber(()), ["hello"]).result()
    with pytest.raises(ScrubbingEnded, match=r"ended \(\w+Error, \w+ \d+\)") as caught:
        crew._hands[0]._ask(broken)
    assert "cinnamon" not in str(caught.value)


def test_what_lies_in_the_working_directory_is_not_taken_for_this_program(tmp_path, monkeypatch):
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "__init__.py").write_text("raise SystemExit('not Mimic')")
    monkeypatch.chdir(tmp_path)
    with Crew(1) as crew:
        assert crew.scrub(Scrubber(()), ["hello"]).result() == ["hello"]


def test_a_process_that_cannot_start_is_one_plain_error(monkeypatch):
    monkeypatch.setattr("storage.crew.COMMAND", ("/nowhere/python",))
    with Crew(1) as crew, pytest.raises(ScrubbingEnded, match="FileNotFoundError"):
        crew.scrub(Scrubber(()), ["hello"])


def test_nothing_is_left_of_a_crew_that_is_closed_amid_its_work():
    with Crew(1) as crew:
        asked = [crew.scrub(Scrubber(()), ["cinnamon rolls"] * 100_000) for _ in range(3)]
    for answer in asked:
        assert answer.cancelled() or isinstance(answer.exception(), ScrubbingEnded)
    with pytest.raises(ProcessLookupError):
        os.kill(crew._hands[0].process.pid, 0)


def test_a_process_ends_when_nobody_holds_its_input(crew):
    crew.scrub(Scrubber(()), ["hello"]).result()
    process = crew._hands[0].process
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def test_names_count_from_the_line_on_that_brings_them():
    questions = [{"texts": ["ask Quill"]}, {"names": ["Quill"]}, {"texts": ["ask Quill"]}]
    answers = BytesIO()
    answer_all([json.dumps(question).encode() for question in questions], answers)
    answered = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert answered == [["ask Quill"], [], ["ask <name>"]]


def test_a_small_import_is_worth_no_process_and_a_large_one_as_many_as_help(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert (choose_size(10_000), choose_size(10**9)) == (0, 2)
    for cores, size in (({0}, 0), ({0, 1}, 1)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: cores, raising=False)
        assert choose_size(10**9) == size
