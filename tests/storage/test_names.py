"""Names of the roster in all their forms, told from ordinary words, places and products."""

# ruff: noqa: RUF001 (the apostrophes are meant)

import pytest

from storage.drafts import Draft, Finding
from storage.names import NameFinder

ROSTER = [
    *("Ada Lovelace", "ada", "Quintin", "Nina (she/her)", "José Ruiz", "José", "O'Brien", "田中"),
    *("bob.smith", "Don", "Will", "Mark", "May", "Rose", "Al", "The Boss", "Boss", "A", "42"),
]


def replace(text, roster=ROSTER):
    return Draft(text).replace(NameFinder(roster).find(text)).render()


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Ada Lovelace met ada", "<name> met <name>"),
        ("ADA LOVELACE's", "<name>'s"),
        ("quintin'll ask Quintin’s", "<name>'ll ask <name>’s"),
        ("_ada_, ada/repo ada.txt", "_<name>_, <name>/repo <name>.txt"),
        ("bob.smith bob_smith Bob Smith", "<name> <name> <name>"),
        ("bob. Smith", "bob. Smith"),
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


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Lovelace, ADALOVELACE and AdaLovelace", "<name>, <name> and <name>"),
        ("ada+José, ada/Quintin, ada&nina", "<name>+<name>, <name>/<name>, <name>&<name>"),
        ("adas keys, quintins keys", "<name> keys, <name> keys"),
        ("jean luc or JeanLuc or jean-luc", "<name> or <name> or <name>"),
        ("obrien, O'Brien’s", "<name>, <name>’s"),
        ("van der Berg, Berg, pieter", "<name>, <name>, <name>"),
        ("Jurgen Gross, Juergen, jürgen groß", "<name>, <name>, <name>"),
        ("lukasz zak and Bjork", "<name> and <name>"),
    ],
)
def test_names_are_found_joined_split_and_as_a_keyboard_without_accents_writes_them(text, stored):
    more = ["Jean-Luc", "Pieter van der Berg", "Jürgen Groß", "Łukasz Żak", "Björk"]
    assert replace(text, [*ROSTER, *more]) == stored


@pytest.mark.parametrize(
    "typo",
    ["Qintin", "quinttin", "Quentin", "qiuntin", "QUINTN", "Lovelase", "lovelcae", "ovelace"],
)
def test_a_long_name_is_found_with_one_letter_wrong(typo):
    assert replace(f"{typo}: so {typo}’s") == "<name>: so <name>’s"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Martin", "my martini, the margin, a marlin"),
        ("Sanders", "two senders and a sander"),
        ("Walter", "water, the waiter, halter"),
        ("Weiting", "waiting and writing"),
        ("Quintin", "src/quentin.py, quentin_id, x.quentin, quentin()"),
        ("Nina", "nine ninja"),
        ("Quintin", "quintet"),
    ],
)
def test_neither_words_nor_code_nor_short_words_are_mistyped_names(name, text):
    assert replace(text, [name]) == text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("ask mark, tell will!", "ask <name>, tell <name>!"),
        ("thanks will", "thanks <name>"),
        ("thanks will do", "thanks will do"),
        ("cc mark", "cc <name>"),
        ("May's on vacation", "<name>'s on vacation"),
        ("May's numbers; in May’s report", "May's numbers; in May’s report"),
        ("Will will do it", "<name> will do it"),
        ("Mark said no; Mark the date", "<name> said no; Mark the date"),
        ("i hope will can join", "i hope <name> can join"),
        ("is rose in today?", "is <name> in today?"),
        ("the roses are in, the rose is red", "the roses are in, the rose is red"),
        ("MARK AND WILL PLEASE MUTE", "<name> AND <name> PLEASE MUTE"),
        ("will and may be there", "will and may be there"),
        ("Rose → you're next", "<name> → you're next"),
        ("rota: Will \ufffc, Rose \ufffc", "rota: <name> \ufffc, <name> \ufffc"),
        ("rose gold, mark it, don it", "rose gold, mark it, don it"),
        ("talk to May in May", "talk to <name> in May"),
        ("well done, will.", "well done, <name>."),
    ],
)
def test_what_stands_around_an_ordinary_word_makes_it_a_name_in_any_case(text, stored):
    draft = Draft(text, ("\ufffc",) * text.count("\ufffc"))
    assert draft.replace(NameFinder(ROSTER).find(text)).render() == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("did Jordan get back from Jordan?", "did <name> get back from Jordan?"),
        ("Jasmine rewrote our Jasmine tests", "<name> rewrote our Jasmine tests"),
        ("Jordan and Egypt, based in Jordan", "Jordan and Egypt, based in Jordan"),
        ("jordan's phone", "<name>'s phone"),
        ("Jasmine tea, Jasmine 2.1", "Jasmine tea, Jasmine 2.1"),
        ("Jordan and Jasmine agree", "<name> and <name> agree"),
    ],
)
def test_a_member_is_told_from_the_place_and_the_product_of_that_name(text, stored):
    assert replace(text, ["Jordan", "Jasmine"]) == stored


def test_parts_of_a_display_name_are_names_only_where_they_look_like_one():
    text = "the gopher ate Gopher's lunch; happy gopher, Happy Gopher"
    assert replace(text, ["Happy Gopher"]) == "the gopher ate <name>'s lunch; <name>, <name>"


def test_without_a_roster_only_strangers_are_found():
    assert replace("Priya met Will at ten", []) == "<name> met <name> at ten"
    assert replace("that will mark the day", []) == "that will mark the day"


def test_a_model_finds_more():
    def find_robots(text):
        yield Finding(text.index("Marvin-7"), text.index("Marvin-7") + 8, "name")

    finder = NameFinder(["Ada"], model=find_robots)
    found = Draft("ada met Marvin-7").replace(finder.find("ada met Marvin-7"))
    assert found.render() == "<name> met <name>"


@pytest.mark.parametrize("text", ["İlkay said yes", "ask İLKAY", "ask i\u0307lkay"])
def test_a_capital_i_with_a_dot_is_part_of_its_word(text):
    assert "<name>" in replace(text, ["İlkay Demirtaş"])
