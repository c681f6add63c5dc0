from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from storage.keys import Keyring
from training import guard as guard_room
from training.errors import DamagedArtifact
from training.guard import CopyGuard, build_guard, rekey_guard

KEYRING = Keyring(bytes(range(32)))
LONG = "the ferry was late again so we all stood in the rain and counted gulls"

# few characters, so that runs are shared; a capital, white space and letters that fold to two
TEXTS = st.lists(st.text("abA \n\tßİ😀", max_size=40), max_size=6)


def _build(*messages: str | tuple[int, str]) -> CopyGuard:
    pairs = [each if isinstance(each, tuple) else (1, each) for each in messages]
    return CopyGuard(build_guard(pairs, KEYRING), KEYRING)


def _find_longest_run(text: str, messages: list[str]) -> int:
    text, folded = _fold(text), [_fold(message) for message in messages]
    for length in range(len(text), 7, -1):
        for start in range(len(text) - length + 1):
            if any(text[start : start + length] in message for message in folded):
                return length
    return 0


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


@given(TEXTS, st.text("abA \n\tßİ😀", max_size=60))
@example(["abababababab"], "babababa b")
@example(["aaaaaaaa", "aaaaaaaaa"], "a" * 30)
def test_the_index_finds_what_comparing_every_run_finds(messages: list[str], text: str):
    expected = _find_longest_run(text, messages)
    if _fold(text) in map(_fold, messages):
        expected = len(_fold(text))
    assert _build(*messages).check(text).run == expected


@given(TEXTS, st.text("abA \n\tßİ😀", max_size=60))
def test_under_another_key_and_a_third_the_index_says_the_same(messages: list[str], text: str):
    guard, arrays = _build(*messages), build_guard([(1, each) for each in messages], KEYRING)
    second, third = Keyring(bytes(32)), Keyring(bytes(range(1, 33)))
    arrays = rekey_guard(rekey_guard(arrays, second), third)
    rekeyed = CopyGuard(arrays, third, [KEYRING.guard_key, second.guard_key])
    assert rekeyed.check(text) == guard.check(text)
    pairs = [(1, text), *((2, each) for each in messages)]
    assert rekeyed.find_unknown(pairs) == guard.find_unknown(pairs)


def test_without_the_keys_before_the_index_says_nothing():
    second = Keyring(bytes(32))
    arrays = rekey_guard(build_guard([(1, LONG)], KEYRING), second)
    assert CopyGuard(arrays, second, [KEYRING.guard_key]).check(LONG).is_refused
    for keyring, former in [(second, []), (KEYRING, []), (KEYRING, [second.guard_key])]:
        assert CopyGuard(arrays, keyring, former).check(LONG).run == 0


def test_a_run_does_not_go_on_into_the_next_message():
    verdict = _build("one two three", "four five six").check("one two three four five six")
    assert verdict.run == len("one two three")


def test_many_messages_are_indexed_in_pieces(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard_room, "CHUNK", 50)
    messages = [f"message number {number} of some more" for number in range(40)]
    guard = _build(*messages)
    assert all(guard.check(message).overlap == 1 for message in messages)


def test_forty_shared_characters_are_too_many():
    text = "%" * 200
    assert _build(LONG).check(text + LONG[:40]).is_refused
    assert not _build(LONG).check(text + LONG[:39]).is_refused


def test_a_text_is_refused_when_a_message_holds_most_of_it():
    guard = _build(LONG)
    assert guard.check(LONG[:30] + "%" * 20).is_refused
    assert not guard.check(LONG[:30] + "%" * 21).is_refused


def test_sixty_percent_of_a_text_of_twenty_characters_may_not_be_shared():
    guard = _build("it was never about the gulls, you know")
    assert guard.check("it was never%%%%%%%%").is_refused
    assert not guard.check("it was neve%%%%%%%%%").is_refused


def test_a_shorter_text_may_share_all_but_a_whole_message():
    guard = _build("it was never about the gulls, you know")
    assert not guard.check("it was never about").is_refused


def test_a_copy_in_other_capitals_and_spaces_is_a_copy():
    assert _build(LONG).check("  " + LONG.upper().replace(" ", " \n ")).overlap == 1


def test_a_short_text_is_refused_as_a_whole_message_only():
    guard = _build("see you at the dock")
    assert guard.check("see you at the dock").is_refused
    assert not guard.check("see you at the pub").is_refused


def test_a_short_message_that_three_people_wrote_is_nobodys_own():
    assert _build((1, "sounds good"), (2, "Sounds good")).check("sounds good").is_refused
    three = _build((1, "sounds good"), (2, "Sounds good"), (3, "sounds  good"))
    assert not three.check("sounds good").is_refused


def test_one_person_repeating_a_message_stays_one_person():
    assert _build("gm", "gm", "gm").check("gm").is_refused


def test_a_long_message_is_refused_however_many_wrote_it():
    assert _build(*[(author, LONG) for author in range(5)]).check(LONG).is_refused


@pytest.mark.parametrize(
    "text",
    [
        "we were told that it would be 482913 but nobody has ever tried that in all these years",
        "482913",
        "it is 48 29-13, is it?",
        "no, 9482913",
        "was it 48291?",
    ],
)
def test_a_number_of_one_person_is_refused_wherever_it_stands(text: str):
    verdict = _build("the code of the red bag is 482913").check(text)
    assert verdict.is_refused
    assert verdict.overlap == 1


@pytest.mark.parametrize("text", ["in 2017 we had tea", "it is 482914", "48 bags and 29 cups"])
def test_other_numbers_are_not_refused(text: str):
    assert not _build("the code is 582913", "in 2017 we met", "48 bags").check(text).is_refused


def test_a_number_that_three_people_wrote_is_nobodys_own():
    text = "as many as 65536 people have been here before us, and more than that will come"
    written = [(author, f"{author} of 65536") for author in (1, 2, 3)]
    assert _build(*written[:2]).check(text).is_refused
    assert not _build(*written).check(text).is_refused


def test_overlap_is_the_share_of_the_text():
    verdict = _build(LONG).check(LONG[:10] + "%" * 30)
    assert (verdict.run, verdict.overlap) == (10, 0.25)


def test_an_index_of_nothing_refuses_nothing():
    guard = _build()
    assert not guard.check(LONG).is_refused
    assert guard.check("").overlap == 0


def test_another_key_finds_nothing():
    arrays = build_guard([(1, LONG)], KEYRING)
    assert CopyGuard(arrays, Keyring(bytes(32))).check(LONG).run == 0


def test_the_number_of_authors_is_kept_up_to_three_only():
    arrays = build_guard([(author, "gm") for author in range(9)], KEYRING)
    assert arrays["authors"].tolist() == [3]


def test_messages_that_are_not_in_the_index_are_found():
    guard = _build((1, LONG), (2, "gm"))
    new = [(2, LONG[:40]), (3, "gn")]
    assert guard.find_unknown([(1, LONG.upper()), new[0], (5, " GM"), new[1]]) == new
    assert guard.find_unknown([]) == []


def test_a_guard_is_opened_from_its_file(tmp_path: Path):
    save_file(build_guard([(1, LONG), (2, "gm")], KEYRING), tmp_path / "guard.safetensors")
    guard = CopyGuard.open(tmp_path / "guard.safetensors", KEYRING)
    assert guard.check(LONG).overlap == 1
    assert guard.check("GM").is_refused


@pytest.mark.parametrize("content", [b"", b"no guard at all", np.uint64(2).tobytes() + b"{}"])
def test_a_file_that_is_no_guard_is_called_damaged(tmp_path: Path, content: bytes):
    file = tmp_path / "guard.safetensors"
    file.write_bytes(content)
    with pytest.raises(DamagedArtifact):
        CopyGuard.open(file, KEYRING)
