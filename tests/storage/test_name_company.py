"""Names by the names, the lines and the verbs beside them."""

import sys

import pytest

from storage.names import NameFinder

FORMS = frozenset(
    {
        *("Ada Lovelace", "Ada", "Bob Ferncastle", "Bob", "Will Ashdown", "Mark Oyelaran"),
        *("Hope Brannigan", "Grace Adeyemi-Holt", "May Thistlewood", "Drew Pettigrew"),
        *("Eeva-Liisa Honkasalo", "Pieter van der Berg", "Max Oberhuber", "Thaís Albuquerque"),
    }
)
FINDER = NameFinder(FORMS)


def find(text: str) -> list[str]:
    return [text[found.start : found.end] for found in sorted(FINDER.find(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("May + Bob: can you check?", ["May", "Bob"]),
        ("ping Ada, Will or Hope", ["Ada", "Will", "Hope"]),
        ("bob/will please look", ["bob", "will"]),
        ("may and bob are out", ["may", "bob"]),
        ("notes\nwill: parser\nada: tests\nhope: docs", ["will", "ada", "hope"]),
        ("Hope e Ada vão juntos", ["Hope", "Ada"]),
        ("panel: Ada Lovelace, Zorro Plunkett, Bob", ["Ada Lovelace", "Zorro Plunkett", "Bob"]),
    ],
)
def test_who_stands_beside_a_name_is_somebody_too(text, names):
    assert find(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Thanks Ada, will do",
        "Thanks Ada, hope it helps",
        "Ada, may I merge?",
        "Ask Ada: Will it scale?",
        "Bob: Mark it as done",
        "Ada, Will this break?",
        "In May, Ada left",
        "Ada, Berlin office",
        "Ada and Legal agreed",
        "Ada drew it",
    ],
)
def test_a_name_makes_no_name_of_the_word_behind_it(text):
    assert len(find(text)) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("by O. Lovelace on 3 March", ["O. Lovelace"]),
        ("J. R. Oyelaran signed", ["J. R. Oyelaran"]),
        ("Lovelace, A. and Ferncastle, B.", ["Lovelace, A.", "Ferncastle, B."]),
        ("P. van der Berg called", ["P. van der Berg"]),
        ("salut Ada, M. Mensah habite ici", ["Ada", "M. Mensah"]),
    ],
)
def test_initials_go_with_the_name(text, names):
    assert find(text) == names


@pytest.mark.parametrize(
    "text", ["Plan B. Then lunch", "Section C. Results follow", "Option A. Go"]
)
def test_a_lettered_thing_has_no_initials(text):
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1. Drew opens the room", ["Drew"]),
        ("Grace covers the desk", ["Grace"]),
        ("hope takes the 11am one", ["hope"]),
        ("Max schreibt das Protokoll", ["Max"]),
        ("what do you think, grace?", ["grace"]),
        ("Adeyemi wrote, Holt called, Eeva is back", ["Adeyemi", "Holt", "Eeva"]),
    ],
)
def test_what_somebody_does_tells_who_it_is(text, names):
    assert find(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Der Berg ruft",
        "Flights to Albuquerque are late",
        "our office in Albuquerque",
        "Min: 1, Max: 30",
        "May works for me",
        "jack of all trades, bob and weave",
        "ADA compliance review",
        "the April report",
        "Ende Juli ist Schluss",
        "Liebe Grüße an alle",
    ],
)
def test_what_only_looks_like_a_name_stays(text):
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the landlord is called Prendergast", ["Prendergast"]),
        ("our new plumber is Zorro Thrupp", ["Zorro Thrupp"]),
        ("Pemberley's CV is in the folder", ["Pemberley"]),
        ("Zorro Thwaite, my landlord, called", ["Zorro Thwaite"]),
        ("notary: Zorro Haslach, tuesday", ["Zorro Haslach"]),
        ("spoke to stefan obermeyr on the phone", ["stefan obermeyr"]),
        ("contract signed by C. Ravenscroft", ["C. Ravenscroft"]),
    ],
)
def test_what_is_said_about_a_stranger_tells_the_name(text, names):
    assert find(text) == names


@pytest.mark.parametrize(
    "text", ["a service called Gateway", "the client is Brightmoor", "Stripe's API is down"]
)
def test_products_and_firms_are_no_strangers(text):
    assert find(text) == []


def count_calls(text: str) -> int:
    """Say how much work a text is, in calls."""
    find(text)  # what it needs is read once
    calls = 0

    def note(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        find(text)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("Ada Lovelace, ", ""),
        ("ada ", "will "),
        ("ada: yes\n", "will | no\n"),
    ],
)
def test_twice_as_many_names_are_twice_the_work(names, words):
    once, twice = (count_calls(names * times + words * times) for times in (100, 200))
    assert twice < 2.5 * once
