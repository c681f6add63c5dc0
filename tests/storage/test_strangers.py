"""People whom no roster knows, told from places, products and other capitals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.anonymization import Scrubber, escape
from storage.drafts import Draft
from storage.names import NameFinder

FINDER = NameFinder([])

FOUND = [
    ("hi Priya, how are you", "hi <name>, how are you"),
    ("hi priya how are you", "hi <name> how are you"),
    ("Thanks Xanthippe!", "Thanks <name>!"),
    ("asked Hiroko about it", "asked <name> about it"),
    ("lunch with Kwame and Zdenka", "lunch with <name> and <name>"),
    ("Mr. Okonkwo called, Frau Obermeier too", "Mr. <name> called, Frau <name> too"),
    ("my son Renata, her boss Ximo", "my son <name>, her boss <name>"),
    ("José Luis García Márquez", "<name>"),
    ("met Ludwig van der Velden", "met <name>"),
    ("John D. Rockefeller", "<name>"),
    ("Sinéad O'Connor's book", "<name>'s book"),
    ("Jean-Luc Delacroix", "<name>"),
    ("Applicant: Wendelin Urrutia\nRole: designer", "Applicant: <name>\nRole: designer"),
    ("Regards,\nIlona Zielonka", "Regards,\n<name>"),
    ("tenant rashid qureshi moves out", "tenant <name> moves out"),
    ("Rose said so, Austin is on vacation", "<name> said so, <name> is on vacation"),
    ("ASKED PALOMA ABOUT THE MEETUP", "ASKED <name> ABOUT THE MEETUP"),
    ("- Nadia\n- Yusuf", "- <name>\n- <name>"),
    ("_Kofi_ and *Kofi* (Kofi)", "_<name>_ and *<name>* (<name>)"),
    ("Nadia/Kwame", "<name>/<name>"),
    ("is sam around? tim, can you", "is <name> around? tim, can you"),
    ("tim, can you look?", "<name>, can you look?"),
    ("Wang Fang and Nguyen Thi Mai", "<name> and <name>"),
    ("Иван сказал", "<name> сказал"),
]

LEFT_ALONE = [
    "Thanks, will do. Hope so. Mark it as done, bill the client in May",
    "hi Team, thanks Everyone, ask Support, ping Ops, tell Marketing, Hello World",
    "moved from Paris to San Jose, then Santa Clara, St. Louis, Los Angeles and São Paulo",
    "Python, Julia 1.9, Ruby on Rails, Jenkins, Travis CI, Kafka and Cassandra",
    "Visual Studio Code, Product Owner, Scrum Master, Typed Racket, New York Times",
    "the Adam optimizer, Dijkstra's algorithm, Johnson & Johnson",
    "Austin, TX and Florence and Georgia (the country)",
    "Monday, April 5th, Sunday in June, Christmas, German holidays",
    "foo.Kofi Kofi.bar kofi@x #kofi /home/kofi Kofi::new kofi_id :kofi: \\kofi",
    "24103 Kiel, 50674 Köln",
    "el IBAN de la gestoría es nuevo",
    "I read that the end is near, so be it",
    "TL;DR Understand the need",
    "",
]


def replace(text):
    return Draft(text).replace(FINDER.find(text)).render()


@pytest.mark.parametrize(("text", "stored"), FOUND)
def test_people_are_found_by_their_names_and_by_where_they_stand(text, stored):
    assert replace(text) == stored


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_words_places_products_and_code_stay(text):
    assert replace(text) == text


def test_a_stranger_takes_the_last_name_of_a_member_along():
    found = Draft("ada Lovelace met Ada Byron").replace(
        NameFinder(["Ada", "Lovelace"]).find("ada Lovelace met Ada Byron")
    )
    assert found.render() == "<name> <name> met <name>"


PIECES = st.sampled_from(
    [*(text for text, _ in FOUND), *LEFT_ALONE, "\ufffc", "Priya", "Mr. ", "-"]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=6).map("".join))
def test_findings_are_words_of_the_text_in_order_and_never_marks_alone(text):
    end = 0
    for finding in sorted(FINDER.find(text)):
        assert 0 <= finding.start < finding.end <= len(text)
        assert any(c.isalpha() for c in text[finding.start : finding.end])
        assert finding.start >= end
        end = finding.end


SCRUBBER = Scrubber(["Ada Lovelace", "Will", "Mark", "May", "Jordan", "Quintin"])
MEMBERS = st.sampled_from(["ask Mark", "Will will", "quintn", "Jordan, ", " and ", "cc ", "'s "])


@given(st.lists(PIECES | MEMBERS, max_size=6).map("".join))
def test_scrubbing_what_is_stored_finds_no_more_names(text):
    stored = SCRUBBER.scrub(text).text
    assert SCRUBBER.scrub(escape(stored)).kinds == {}
