"""Phone numbers: in the forms of many countries, and bare where they are said to be one."""

import pytest

from storage.anonymization import Scrubber

HIDDEN = [
    ("ring me on 020 7946 0958", "ring me on <phone>"),
    ("My number's 07700 900 123", "My number's <phone>"),
    ("tel:+1-202-555-0143", "tel:<phone>"),
    ("T: +49 (0)30 901820-12", "T: <phone>"),
    ("+49.30.901820", "<phone>"),
    ("(+34) 612 345 678", "<phone>"),
    ("+33(0)612345678", "<phone>"),
    ("0033 6 12 34 56 78", "<phone>"),
    ("011 44 20 7946 0958", "<phone>"),
    ("1-800-555-0199", "<phone>"),
    ("1 (800) 555-0199", "<phone>"),
    ("202 555 0143 ext. 12", "<phone>"),
    ("my cell is 555-0143", "my cell is <phone>"),
    ("+91 98765 43210", "<phone>"),
    ("98765 43210 whatsapp", "<phone> whatsapp"),
    ("whatsapp: 98765 43210", "whatsapp: <phone>"),
    ("0412 345 678", "<phone>"),
    ("090-1234-5678", "<phone>"),
    ("+81 90 1234 5678", "<phone>"),
    ("+86 138 0013 8000", "<phone>"),
    ("8 (916) 123-45-67", "<phone>"),
    ("+7 916 123-45-67", "<phone>"),
    ("+55 (11) 91234-5678", "<phone>"),
    ("mi cel: 55 1234 5678", "mi cel: <phone>"),
    ("+52 1 55 1234 5678", "<phone>"),
    ("06-12345678", "<phone>"),
    ("070-123 45 67", "<phone>"),
    ("+45 12 34 56 78", "<phone>"),
    ("zadzwoń 512-345-678", "zadzwoń <phone>"),
    ("+420 123 456 789", "<phone>"),
    ("Tel.: 044 668 18 00", "Tel.: <phone>"),
    ("0664 1234567", "<phone>"),
    ("+44 20 7946\n0958", "<phone>"),
    ("202/555/0143", "<phone>"),
    ("(202)-555-0143", "<phone>"),
    ("202_555_0143", "<phone>"),
    ("202 - 555 - 0143", "<phone>"),
    ("tel 202.555.0143x22", "tel <phone>"),
    ("(+34 612 345 678)", "(<phone>)"),
    ("+44 20 7946 0958\n12 items", "<phone>\n12 items"),
    ("+254 20 6439390 (24/7)", "<phone> (24/7)"),
    ("Telefon: 0041 44 668 18 00", "Telefon: <phone>"),
    ("0612345678", "<phone>"),
    ("mi móvil es 619 60 32 11", "mi móvil es <phone>"),
    ("chiamami al 3125033976", "chiamami al <phone>"),
    ("customer wants a callback today: 918599929", "customer wants a callback today: <phone>"),
    ("call the garage on 01211 167682 , it is done", "call the garage on <phone> , it is done"),
    ("619 60 32 11", "<phone>"),
    ("kom. 601 234 567, tel. stac. 22 621 30 40", "kom. <phone>, tel. stac. <phone>"),
    ("móvil 612 345 678, oficina 91 411 22 33", "móvil <phone>, oficina <phone>"),
    ("office +44 20 7946 0958 ext. 221 or 07700 900123", "office <phone> or <phone>"),
    ("Tel.: 0211 - 8765 432 DW 14", "Tel.: <phone>"),
    ("telefone 21 98765-4321 ramal 203", "telefone <phone>"),
    ("+1 (312) 555-0166 x8841", "<phone>"),
    ("携帯 090-1234-5678", "携帯 <phone>"),
    ("mój numer 601-234-567", "mój numer <phone>"),
    ("home 555-0143, cell 555-0177", "home <phone>, cell <phone>"),
]

LEFT_ALONE = [
    "row 12345678 of 98765432, 100 200 300, 1526140953 and 20180512",
    "5 - 10 - 2018, 12/05/18, 3.14159265",
    "that is handy: 12345678 rows; a portable 1234567",
    "+1 to that, +100, C++ 11, 1+1 = 2",
    "text messages: 12345678 rows, function call 1234567890",
    "signal: 12345678 events",
    "poste 12 x 2024",
    "office hours 10 11 12 13 14 15",
    "09.30-10.45, 12/05",
]


@pytest.fixture(scope="module")
def scrubber():
    return Scrubber(["Ada Lovelace"])


@pytest.mark.parametrize(("text", "stored"), HIDDEN)
def test_a_phone_is_wholly_hidden(scrubber, text, stored):
    assert scrubber.scrub(text).text == stored


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_a_phone_stays(scrubber, text):
    assert scrubber.scrub(text).text == text
