"""Cards, accounts, national ids: by their checks, or by the words before them."""

import pytest

from storage.anonymization import Scrubber

HIDDEN = [
    ("visa 4111 1111 1111 1111", "visa <number>"),
    ("4111.1111.1111.1111", "<number>"),
    ("4111111111111111", "<number>"),
    ("4111 11111111 1111", "<number>"),
    ("4111-1111\n1111-1111", "<number>"),
    ("4111 1111 1111 1111 exp 12/29 cvv 123", "<number> exp 12/29 cvv <secret>"),
    ("3782 822463 10005", "<number>"),
    ("DE89 3704 0044 0532 0130 00", "<number>"),
    ("DE89-3704-0044-0532-0130-00", "<number>"),
    ("DE89370400440532013000", "<number>"),
    ("DE89 3704 0044\n0532 0130 00", "<number>"),
    ("fr14 2004 1010 0505 0001 3m02 606", "<number>"),
    ("SSN 123456789", "SSN <number>"),
    ("ssn: 123 45 6789", "ssn: <number>"),
    ("123-45-6789", "<number>"),
    ("123.45.6789 ssn", "<number> ssn"),
    ("my social is 123-45-6789", "my social is <number>"),
    ("NI number AB123456C", "NI number <number>"),
    ("nhs number 943 476 5919", "nhs number <number>"),
    ("passport no. C01X00T47", "passport no. <number>"),
    ("passport: 123456789", "passport: <number>"),
    ("passport AB1234567", "passport <number>"),
    ("driver's license D1234567", "driver's license <number>"),
    ("dni 12345678Z", "dni <number>"),
    ("12.345.678-Z", "<number>"),
    ("NIE X1234567L", "NIE <number>"),
    ("Steuer-ID 86 095 742 719", "Steuer-ID <number>"),
    ("Steuernummer 93/815/08152", "Steuernummer <number>"),
    ("Personalausweis L01X00T471", "Personalausweis <number>"),
    ("Rentenversicherungsnummer 15 070649 C 103", "Rentenversicherungsnummer <number>"),
    ("numéro de sécu 2 55 08 14 168 025 38", "numéro de sécu <number>"),
    ("codice fiscale RSSMRA85M01H501Z", "codice fiscale <number>"),
    ("BSN 111222333", "BSN <number>"),
    ("rijksregisternummer 85.07.30-033.28", "rijksregisternummer <number>"),
    ("PESEL 44051401359", "PESEL <number>"),
    ("personnummer 811228-9874", "personnummer <number>"),
    ("hetu 131052-308T", "hetu <number>"),
    ("cpr 010203-1234", "cpr <number>"),
    ("CPF 111.444.777-35", "CPF <number>"),
    ("CPF 11144477735", "CPF <number>"),
    ("aadhaar 2341 2341 2346", "aadhaar <number>"),
    ("PAN ABCPE1234F", "PAN <number>"),
    ("SIN 046-454-286", "SIN <number>"),
    ("CURP GODE561231HDFRRN09", "CURP <number>"),
    ("RUT 12.345.678-5", "RUT <number>"),
    ("身份证 11010519491231002X", "身份证 <number>"),
    ("TC kimlik 10000000146", "TC kimlik <number>"),
    ("bank account 12345678 sort code 12-34-56", "bank account <number> sort code <number>"),
    ("sort code 12-34-56", "sort code <number>"),
    ("routing 021000021 account 123456789", "routing <number> account <number>"),
    ("Konto 1234567890 BLZ 50010517", "Konto <number> BLZ 50010517"),
    ("a/c no 1234567890", "a/c no <number>"),
    ("account number: 0012345678", "account number: <number>"),
    ("social 0997  34078", "social <number>"),
    ("mitt personnummer är 199210 - 276540", "mitt personnummer är <number>"),
    ("SIN 389 913 088", "SIN <number>"),
    ("passeport n° 24FV22717", "passeport n° <number>"),
    ("mój paszport nr EM9614918", "mój paszport nr <number>"),
    ("Reisepass-Nr. C01XM39191", "Reisepass-Nr. <number>"),
    ('"national_id": "241683646"', '"national_id": "<number>"'),
    ("SIN for the T4: 515 634 665", "SIN for the T4: <number>"),
    ("codice fiscale rssmra85t10a562s", "codice fiscale <number>"),
    ("LT213636731648436233 and EE78 0543 6576 1933 0969 for us", "<number> and <number> for us"),
]

LEFT_ALONE = [
    "4111 1111 1111 1112, 1526140953123, 12345678901",
    "ein 10000 Zeilen langer Text, social 12345 followers",
    "order 185497, ticket 92454, ORD933744, 100 200 3000 40000",
    "3.14159265358979, 0xDEADBEEF, 2018-05-12 10:22:01.123456",
    "patente 2024001234 invalid",
    "pass nr 3 of the linter",
    "passport renewal takes 12 weeks",
]


@pytest.fixture(scope="module")
def scrubber():
    return Scrubber(["Ada Lovelace"])


@pytest.mark.parametrize(("text", "stored"), HIDDEN)
def test_a_number_is_wholly_hidden(scrubber, text, stored):
    assert scrubber.scrub(text).text == stored


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_a_number_stays(scrubber, text):
    assert scrubber.scrub(text).text == text
