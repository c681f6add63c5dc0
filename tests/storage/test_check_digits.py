"""Check digits: published examples pass, and what differs in one digit does not."""

import pytest

from storage import check_digits as check

EXAMPLES = [
    (check.passes_luhn, "4111111111111111"),
    (check.passes_luhn, "8001015009087"),
    (check.passes_mod_11_10, "86095742719"),
    (check.passes_verhoeff, "2363"),
    (check.passes_dni, "12345678Z"),
    (check.passes_dni, "X1234567L"),
    (check.passes_nir, "2 55 08 14 168 025 38"),
    (check.passes_cpf, "111.444.777-35"),
    (check.passes_cnpj, "11.222.333/0001-81"),
    (check.passes_ahv, "756.9217.0769.85"),
    (check.passes_tax_id, "86095742719"),
    (check.passes_tax_id, "47036892816"),
    (check.passes_pension, "15 070649 C 103"),
    (check.passes_rijksregister, "85.07.30-033.28"),
    (check.passes_pesel, "44051401359"),
    (check.passes_fodselsnummer, "01010750160"),
    (check.passes_hetu, "131052-308T"),
    (check.passes_personnummer, "811228-9874"),
    (check.passes_personnummer, "19811228-9874"),
    (check.passes_rodne_cislo, "736028/5163"),
    (check.passes_cnp, "1800101221144"),
    (check.passes_kimlik, "10000000146"),
    (check.passes_svnr, "1237 010180"),
    (check.passes_resident_id, "11010519491231002X"),
    (check.passes_rut, "12.345.678-5"),
    (check.passes_cuit, "20-12345678-6"),
    (check.passes_nric, "S1234567D"),
    (check.passes_pps, "1234567T"),
    (check.passes_pps, "1234567FA"),
    (check.passes_snils, "112-233-445 95"),
    (check.passes_thai, "1-1017-00230-70-8"),
]


@pytest.mark.parametrize(("passes", "number"), EXAMPLES)
def test_a_published_example_passes(passes, number):
    assert passes(number)


@pytest.mark.parametrize(("passes", "number"), EXAMPLES)
def test_another_check_digit_does_not_pass(passes, number):
    last = next(place for place in range(len(number) - 1, -1, -1) if number[place].isalnum())
    is_digit = number[last].isdigit()
    other = str((int(number[last]) + 1) % 10) if is_digit else "B" if number[last] == "A" else "A"
    assert not passes(f"{number[:last]}{other}{number[last + 1 :]}")
