"""What would be stored of a message: each kind found, and as little else as possible."""

# ruff: noqa: RUF001 (the brackets are meant)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.anonymization import PLACEHOLDERS, Scrubber, escape
from storage.given_names import first_names

NAMES = ["Ada Lovelace", "ada", "Quintin", "quintin.q", "Will", "Mark", "Will Marsh", "May", "Hope"]
TOKEN = "k3J9f0" * 6

FOUND = [
    # e-mail
    ("mail Ada.B+x@mail.example.co.uk!", "mail <email>!", "email"),
    ("_a_b@example.org_ in italics", "_<email>_ in italics", "email"),
    ("`a@example.org`", "`<email>`", "email"),
    # addresses on the web
    ("see https://example.org/a_(b)?c=d, or", "see <url>, or", "url"),
    ("(www.example.org)", "(<url>)", "url"),
    ("`curl http://localhost:80/x`", "`curl <url>`", "url"),
    ("git@example.org:team/repo.git", "<url>", "url"),
    ("postgres://user:pass@db.example.org/x", "<url>", "url"),
    # phones
    ("+44 (0)20 7946 0958", "<phone>", "phone"),
    ("call +1-202-555-0143.", "call <phone>.", "phone"),
    ("(202) 555-0143", "<phone>", "phone"),
    ("202.555.0143", "<phone>", "phone"),
    ("555-123-4567", "<phone>", "phone"),
    ("1 202 555 0143", "<phone>", "phone"),
    ("0049 30 901820", "<phone>", "phone"),
    ("07700 900123", "<phone>", "phone"),
    ("(030) 901820", "<phone>", "phone"),
    ("020 7946 0958", "<phone>", "phone"),
    ("06 12 34 56 78", "<phone>", "phone"),
    ("06.12.34.56.78", "<phone>", "phone"),
    ("0151/23456789", "<phone>", "phone"),
    ("call me at 2025550143", "call me at <phone>", "phone"),
    ("my mobile: 555 0143", "my mobile: <phone>", "phone"),
    # IP addresses
    ("ping 192.168.0.10", "ping <ip>", "ip"),
    ("on 10.0.0.1:8080/24.", "on <ip>:8080/24.", "ip"),
    ("1.2.3.4", "<ip>", "ip"),
    ("fe80::1ff:fe23:4567:890a", "<ip>", "ip"),
    ("[2001:db8::8a2e:370:7334]:443", "[<ip>]:443", "ip"),
    ("::1", "<ip>", "ip"),
    # cards, accounts, national ids
    ("4111 1111 1111 1111 123", "<number> 123", "number"),
    ("4111-1111-1111-1111", "<number>", "number"),
    ("378282246310005", "<number>", "number"),
    ("1 4111 4111 1111 1111 1111", "1 4111 <number>", "number"),
    ("DE89 3704 0044 0532 0130 00 is it", "<number> is it", "number"),
    ("BE68 5390 0754 7034 then", "<number> then", "number"),
    ("gb82west12345698765432", "<number>", "number"),
    ("123-45-6789", "<number>", "number"),
    ("AB 12 34 56 C", "<number>", "number"),
    ("12345678Z", "<number>", "number"),
    ("RSSMRA85M01H501Z", "<number>", "number"),
    ("2 55 08 14 168 025 38", "<number>", "number"),
    ("111.444.777-35", "<number>", "number"),
    ("756.9217.0769.85", "<number>", "number"),
    # secrets
    ("xoxb-1234567890-abcdefghij", "<secret>", "secret"),
    ("AKIAIOSFODNN7EXAMPLE", "<secret>", "secret"),
    ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "<secret>", "secret"),
    ("ghp_" + TOKEN, "<secret>", "secret"),
    ("github_pat_" + TOKEN, "<secret>", "secret"),
    ("eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.dozjgNryP4J3jV", "<secret>", "secret"),
    ("AIza" + TOKEN[:35], "<secret>", "secret"),
    ("sk_live_" + TOKEN, "<secret>", "secret"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "<secret>", "secret"),
    ("password: hunter", "password: <secret>", "secret"),
    ("the password is hunter2, ok", "the password is <secret> ok", "secret"),
    ("PWD=correct-horse x", "PWD=<secret> x", "secret"),
    ('{"api_key": "abcd1234efgh"}', '{"api_key": "<secret>"}', "secret"),
    ("Authorization: Bearer abcd1234efgh5678", "Authorization: Bearer <secret>", "secret"),
    ("`export TOKEN=abcd1234efgh`", "`export TOKEN=<secret>`", "secret"),
    # street addresses
    ("at 12 Example Street, Apt 4b, Springfield, IL 62704!", "at <address>!", "address"),
    ("221b baker street", "<address>", "address"),
    ("Musterstraße 12a, 10115 Berlin", "<address>", "address"),
    ("12 bis, rue de la Paix, 75002 Paris", "<address>", "address"),
    ("Via Roma, 10", "<address>", "address"),
    ("PO Box 123", "<address>", "address"),
    ("SW1A 1AA", "<address>", "address"),
]  # fmt: skip

LEFT_ALONE = [
    "(-> any/c any) #:keyword 'sym #\\a x::y std::vector :: t ::= (t t)",
    "v7.0.0.6, version 6.3.2.1, Racket 7.0.0.4 and 6.90.0.17--2018, section 6.4.4.3",
    "3.14159265358979 0xDEADBEEF 1526140953.000123 1526140953 1526140953123",
    "2018-05-12 10:22:01, 12.05.2018, 09.30-10.45, 12/05/18, 10:30:45.123",
    "8bed64a1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7 550e8400-e29b-41d4-a716-446655440000",
    "error 500404 in 1000000 of 20000000 rows, 100 200 3000, 4111 1111 1111 1112",
    "00:1a:2b:3c:4d:5e :+1::skin-tone-2: :100: @channel @here @racket[x]",
    "password: please reset it; my password is wrong; token: the lexer returns it",
    "make-parameter-of-something-really-long/with/a-path/and-more the secret: none",
    "5 minutes down the road, 2 way street, 3 Google Drive links, ich bin weg 3 tage",
    "tell me 12345678; that's handy: 12345678 rows; cell 4 x@y foo@bar a.b.c e.g. i.e. http:// ://",
    "that will mark a spot, I WILL hope, we may; hopeful marks, adapt, adagio",
    "Will you? May I?\nHope so. - Mark it\n- Will do\n“Mark this” :wave: Will do",
    "in May, on May 12, 3 May, since May",
]


@pytest.fixture(scope="module")
def scrubber():
    return Scrubber(NAMES)


@pytest.mark.parametrize(("text", "stored", "kind"), FOUND)
def test_what_is_personal_is_replaced_and_counted(scrubber, text, stored, kind):
    scrubbed = scrubber.scrub(text)
    assert scrubbed.text == stored
    assert scrubbed.kinds == {kind: 1}


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_personal_stays(scrubber, text):
    assert scrubber.scrub(text).text == text


def test_what_replaces_and_what_parses_is_counted_together(scrubber):
    scrubbed = scrubber.scrub("<@U1> <@U2> ada &lt;user&gt; a@example.org")
    assert scrubbed.text == "<user> <user> <name> ‹user› <email>"
    assert scrubbed.kinds == {"user": 2, "name": 1, "email": 1}


def test_inline_code_keeps_what_only_looks_personal(scrubber):
    text = "`ada` `12 Example Street` `202-555-0143` but <name>"
    assert scrubber.scrub("`ada` `12 Example Street` `202-555-0143` but ada").text == text


def test_half_a_character_becomes_storable(scrubber):
    assert scrubber.scrub("a\ud83d b").text == "a\ufffd b"


WORDS = st.text(st.characters(categories=["Ll", "Zs"]), max_size=30)
MARKUP = ["<@U1>", "<https://example.org|x>", "```x```", "&amp;", "&lt;", "`", "\ufffc", "‹user›"]
GLUE = ["@", "@ada", "Will ", "'s", "\n", " ", ". ", *PLACEHOLDERS]
DISGUISED = [
    *(
        "a🎉da@exаmple.org",
        "4\u200b111 1111 1111 1111",
        "R o s a 1 2",
        "@a_b",
        "at",
        "dot",
        ":one:",
    ),
    *("ada (at) example (dot) org", "2O2-555-O143", "xoxb-12ab34cd56 78ef90gh", "code 482913", "①"),
]
PIECES = st.sampled_from(
    [*DISGUISED, *(text for text, _, _ in FOUND), *LEFT_ALONE, *NAMES, *MARKUP, *GLUE]
)
MESSAGES = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)


@given(WORDS.filter(lambda text: not (first_names() | set(NAMES)) & set(text.split())))
def test_plain_words_are_unchanged(text):
    scrubbed = Scrubber(["Ada Lovelace", "Will"]).scrub(text)
    assert (scrubbed.text, scrubbed.kinds) == (text, {})


@given(st.text())
def test_scrubbing_never_raises_and_gives_storable_text(text):
    scrubbed = Scrubber(NAMES).scrub(text)
    assert scrubbed.text.encode().decode() == scrubbed.text


@given(MESSAGES)
def test_scrubbing_what_is_stored_finds_nothing_more(text):
    scrubber = Scrubber(NAMES)
    stored = scrubber.scrub(text).text
    again = scrubber.scrub(escape(stored))
    for placeholder in PLACEHOLDERS:
        stored = stored.replace(placeholder, f"‹{placeholder[1:-1]}›")
    assert (again.text, again.kinds) == (stored, {})


STRUCTURED = ["a@example.org", "4111 1111 1111 1111", "xoxb-1234567890-abcdef", "192.168.0.10"]


@given(st.text(max_size=20), st.sampled_from(STRUCTURED), st.text(max_size=20))
def test_nothing_structured_survives_in_any_surroundings(before, value, after):
    assert value not in Scrubber(NAMES).scrub(f"{before} {value}, {after}").text
