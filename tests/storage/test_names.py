"""Names of the roster, told from ordinary words."""

# ruff: noqa: RUF001 (the apostrophes are meant)

import pytest

from storage.names import NameFinder

ROSTER = [
    *("Ada Lovelace", "ada", "Quintin", "Nina (she/her)", "José Ruiz", "José", "O'Brien", "田中"),
    *("bob.smith", "Don", "Will", "Mark", "May", "Rose", "Al", "The Boss", "Boss", "A", "42"),
]


def replace(text, roster=ROSTER):
    for finding in sorted(NameFinder(roster).find(text), reverse=True):
        text = f"{text[: finding.start]}<{finding.kind}>{text[finding.end :]}"
    return text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Ada Lovelace met ada", "<name> met <name>"),
        ("ADA LOVELACE's", "<name>'s"),
        ("quintin'll ask Quintin’s", "<name>'ll ask <name>’s"),
        ("_ada_, ada/repo ada.txt", "_<name>_, <name>/repo <name>.txt"),
        ("bob.smith bob_smith Bob Smith", "<name> <name> <name>"),
        ("Bob. Smith", "Bob. Smith"),
        ("nina and NINA", "<name> and <name>"),
        ("José, Jose\u0301 and JOSE RUIZ", "<name>, <name> and <name>"),
        ("O’Brien", "<name>"),
        ("田中さん", "<name>さん"),
        ("don't won't Don't", "don't won't Don't"),
        ("ask Don", "ask <name>"),
        ("a 42 A", "a 42 A"),
    ],
)
def test_all_forms_of_a_name_are_found_as_whole_words(text, stored):
    assert replace(text) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("I told Will that Mark will mark it", "I told <name> that <name> will mark it"),
        ("Mark, look. Rose's idea", "<name>, look. <name>'s idea"),
        ("thanks, Rose", "thanks, <name>"),
        ("ask May about May 12", "ask <name> about May 12"),
        ("Will it work?", "Will it work?"),
        ("roses and al, but Al", "roses and al, but <name>"),
        ("ask the boss or The Boss or Boss", "ask the boss or <name> or Boss"),
    ],
)
def test_an_ordinary_word_is_a_name_only_where_its_capital_says_so(text, stored):
    assert replace(text) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("@ada @will: @Ada Lovelace", "<user> <user>: <user>"),
        ("(@quintin)", "(<user>)"),
        ("me@ada", "me@<name>"),
        ("@nobody @here", "@nobody @here"),
    ],
)
def test_a_typed_handle_of_a_member_is_a_user(text, stored):
    assert replace(text, [*ROSTER, "here"]) == stored


def test_without_a_roster_nothing_is_found():
    assert replace("Ada met Will", []) == "Ada met Will"
