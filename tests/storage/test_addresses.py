"""Street addresses: in the forms of many countries, with flat and town."""

import pytest

from storage.anonymization import Scrubber

HIDDEN = [
    ("I live at 12 Elm St", "I live at <address>"),
    ("12 Elm St. Apt 4", "<address>"),
    ("1600 Pennsylvania Avenue NW, Washington, DC 20500", "<address>"),
    ("350 5th Ave, New York, NY 10118", "<address>"),
    ("350 Fifth Avenue, New York", "<address>, New York"),
    ("10 Downing Street, London SW1A 2AA", "<address>"),
    ("Flat 3, 12 Church Lane, Leeds LS1 4AP", "<address>"),
    ("221B Baker Street", "<address>"),
    ("Hauptstr. 5, 80331 München", "<address>"),
    ("Hauptstraße 5", "<address>"),
    ("Unter den Linden 77, 10117 Berlin", "<address>"),
    ("An der Alster 12, 20099 Hamburg", "<address>"),
    ("Berliner Str. 44a", "<address>"),
    ("hauptstraße 5, 80331 münchen", "<address>"),
    ("Bahnhofstrasse 10, 8001 Zürich", "<address>"),
    ("Mariahilfer Straße 12/3/14, 1060 Wien", "<address>"),
    ("5 rue de Rivoli, 75001 Paris", "<address>"),
    ("5 avenue Victor Hugo, 75116 Paris", "<address>"),
    ("12 place de la République", "<address>"),
    ("Calle Mayor 5, 28013 Madrid", "<address>"),
    ("C/ Mayor, 5, 3º izq., 28013 Madrid", "<address>"),
    ("Av. Diagonal 123, 08018 Barcelona", "<address>"),
    ("Rua das Flores 12, 1200-195 Lisboa", "<address>"),
    ("Av. Paulista, 1000", "<address>"),
    ("Via Garibaldi 12, 20121 Milano", "<address>"),
    ("Piazza del Duomo 1", "<address>"),
    ("Prinsengracht 263, 1016 GV Amsterdam", "<address>"),
    ("Damrak 1, 1012 LG Amsterdam", "<address>"),
    ("ul. Marszałkowska 12/4, 00-590 Warszawa", "<address>"),
    ("Storgatan 5, 114 55 Stockholm", "<address>"),
    ("Drottninggatan 12", "<address>"),
    ("Vesterbrogade 3, 1620 København V", "<address>"),
    ("Mannerheimintie 12, 00100 Helsinki", "<address>"),
    ("PO Box 123, Springfield, IL 62704", "<address>"),
    ("Postfach 12 34 56", "<address>"),
    ("12 high street, oxford", "<address>, oxford"),
    ("ул. Ленина, д. 5, кв. 12", "<address>"),
    ("Suite 500, 100 Main St, Dallas TX 75201", "<address>"),
    ("8 Fernhill Lane\nFitzroy VIC 3004", "<address>"),
    ("Paseo de la Alameda nº 70, 4º C, 28012 Madrid", "<address>"),
    ("Adresse Obere Marktgasse 204", "Adresse <address>"),
    ("am mühlbach 231/7, 24103 kiel", "<address>"),
    ("VIA DEI MANDORLI 106", "<address>"),
    ("Oude Gracht 96-II", "<address>"),
    ("Bağdat Cad. No: 12", "<address>"),
    ("1452 maple ridge drive apt 8c, tulsa, ok 74175", "<address>"),
    ("Corso della Repubblica 78/A, 20129 Milano", "<address>"),
    ("Karl Johans gate 25, 0159 Oslo", "<address>"),
    ("Vesterbrogade 149, 3. tv., 1620 København V", "<address>"),
    ("Ship to: Maple Court, Apt 9\n1180 NE 42nd Street\nSeattle, WA 98105", "Ship to: <address>"),
    ("The Old Rectory, Church Lane, Bibury, GL7 5NR", "<address>"),
    ("3F1, 45 Marchmont Road, Edinburgh EH9 1HU", "<address>"),
    ("Unit 5, Riverside Court, 88 Wharf Lane, Leeds LS1 4DT", "<address>"),
    ("48 av. Jean Jaurès, Bât. C, 69007 Lyon", "<address>"),
    ("BP 90412, 44004 Nantes Cedex 1", "<address>"),
    ("Postfach 10 22 33, 70018 Stuttgart", "<address>"),
    ("Kungsgatan 12 lgh 1203, 411 19 Göteborg", "<address>"),
    ("calle mayor 45, 28801 alcalá de henares", "<address>"),
    ("2 Dock Road, Cork T12 XF62", "<address>"),
    ("310 Collins Street, Level 9, Melbourne VIC 3000", "<address>"),
    ("Av. Paulista, 1578, cj. 42, Bela Vista, São Paulo - SP, 01310-200", "<address>"),
    ("P.zza San Carlo 156, 10121 Torino", "<address>"),
    ("Meir 78 bus 3, 2000 Antwerpen", "<address>"),
    ("Landstraßer Hauptstr. 71/Stg. 2/Top 9, 1030 Wien", "<address>"),
    ("c/o Brandt, Am Mühlbach 4, 83646 Bad Tölz", "<address>"),
    ("45 Queen Street West, Unit 1203, Toronto, ON M5H 2M9", "<address>"),
]

LEFT_ALONE = [
    "5 minutes down the road, 2 way street, 3 Google Drive links, 4 hard drives",
    "100 gb flash drive, 3 test drive cars, 12 lane highway to hell",
    "sunny day in Paris, art walk at 14:30; via Slack 2 days ago",
    "ich bin weg 3 tage, am Montag 12 Leute, im Mai 2018",
    "the place is 5, plaza has 5, Ring 5, version 12, 30000 users",
    "monitoring 3 hosts, spring 2024, buffer 5, substr 2",
    "Chapter 12, 1500 Words",
    "Team 7, 1200 Points",
    "12 Angry Men Row",
    "3 Blue Circle icons",
    "Boarding Gate 25, then B12",
    "20 Park benches arrived",
    "c/o 5 people",
]


@pytest.fixture(scope="module")
def scrubber():
    return Scrubber(["Ada Lovelace"])


@pytest.mark.parametrize(("text", "stored"), HIDDEN)
def test_a_address_is_wholly_hidden(scrubber, text, stored):
    assert scrubber.scrub(text).text == stored


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_a_address_stays(scrubber, text):
    assert scrubber.scrub(text).text == text
