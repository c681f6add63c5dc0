"""Secrets: tokens by their formats, passwords and codes by the words before them."""

import re

import pytest

from storage.anonymization import Scrubber


def _mixed(length):
    alphabet = "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xY"
    return "".join(alphabet[(place * 7 + place // 5) % 32] for place in range(length))


def _hex(length):
    return "".join("0123456789abcdef"[(place * 7 + place // 5) % 16] for place in range(length))


# each begins as the vendor's tokens do; the rest is made up here, so that no scanner finds one
TOKENS = [
    *("xoxb-", "xoxp-", "xoxe.xoxp-1-", "xapp-1-", "xwfp-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    *("github_pat_", "glpat-", "glrt-", "npm_", "dckr_pat_", "lin_api_", "figd_", "ntn_", "PMAK-"),
    *("sk-", "sk-proj-", "sk-ant-api03-", "hf_", "api_org_", "gsk_", "r8_", "sk_live_", "rk_test_"),
    *("whsec_", "sq0atp-", "AIza", "ya29.", "GOCSPX-", "hvs.", "EAAB", "1//0g", "glsa_", "glc_"),
]
HEX_TOKENS = [
    "dop_v1_",
    "doo_v1_",
    "dapi",
    "rubygems_",
    "sbp_",
    "shpat_",
    "shpss_",
    "key-",
    "SK",
    "AC",
]


@pytest.fixture(scope="module")
def scrubber():
    return Scrubber(["Ada"])


@pytest.mark.parametrize("start", TOKENS)
def test_a_token_is_told_by_its_beginning(scrubber, start):
    token = f"{start}{_mixed(44)}"
    assert scrubber.scrub(f"it is {token}, or `{token}`").text == "it is <secret>, or `<secret>`"


@pytest.mark.parametrize("start", HEX_TOKENS)
def test_a_token_of_hexadecimal_digits_is_told_by_its_beginning(scrubber, start):
    length = 64 if "_v1_" in start else 32
    assert scrubber.scrub(f"it is {start}{_hex(length)}!").text == "it is <secret>!"


@pytest.mark.parametrize(
    "token",
    [
        f"{_hex(32)}-us12",
        f"{_hex(32)}-{_hex(8)}-{_hex(8)}",
        f"123456789:AA{_mixed(33)}",
        f"M{_mixed(23)}.{_mixed(6)}.{_mixed(38)}",
        f"abc8Q~{_mixed(34)}",
        f"{_mixed(14)}.atlasv1.{_mixed(60)}",
        f"SG.{_mixed(22)}.{_mixed(43)}",
        f"eyJ{_mixed(20)}.eyJ{_mixed(20)}.{_mixed(43)}",
        f"eyJ{_mixed(20)}.eyJ{_mixed(20)}",
        f"{_mixed(86)}==",
        f"ssh-ed25519 AAAA{_mixed(64)}",
        f"ecdsa-sha2-nistp256 AAAA{_mixed(64)}",
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{_mixed(30)}\n-----END PGP PRIVATE KEY BLOCK-----",
        f"AKIA{'IOSFODNN7EXAMPLE'}\n{_mixed(40)}",
        f"AC{_hex(32)} / {_hex(32)}",
    ],
)
def test_a_token_of_several_parts_is_one(scrubber, token):
    assert scrubber.scrub(f"here: {token}").text == "here: <secret>"


@pytest.mark.parametrize("gap", [" ", "\n"])
@pytest.mark.parametrize("start", ["ghp_", "hf_", "npm_", "glpat-", "xoxb-12-", "sk_live_", "SG."])
def test_a_token_that_is_broken_in_two_is_one(scrubber, start, gap):
    text = f"use {start}{_mixed(30)[:12]}{gap}{_mixed(30)[12:]} today"
    assert scrubber.scrub(text).text == "use <secret> today"


SAID = [  # (text, what of it is secret)
    ("mein Passwort ist Sonne!2023", "Sonne!2023"),
    ("Passwort: Apfelbaum", "Apfelbaum"),
    ("le mdp c'est Tournesol42", "Tournesol42"),
    ("mot de passe wifi : Tournesol42", "Tournesol42"),
    ("la clave es Girasol#9", "Girasol#9"),
    ("la contraseña es Girasol#9", "Girasol#9"),
    ("a senha é Girassol7!", "Girassol7!"),
    ("senha do wifi: girassol7", "girassol7"),
    ("la password è Girasole.7", "Girasole.7"),
    ("het wachtwoord is zonnebloem7", "zonnebloem7"),
    ("hasło to Slonecznik5", "Slonecznik5"),
    ("lösenordet är Solros88", "Solros88"),
    ("пароль: Podsolnuh5", "Podsolnuh5"),
    ("пароль от вайфая Podsolnuh5", "Podsolnuh5"),
    ("密码是 Xiangrikui9", "Xiangrikui9"),
    ("パスワードは Himawari77 です", "Himawari77"),
    ("pw is sunfl0wer for the box", "sunfl0wer"),
    ("user: admin pass: Sunfl0wer!", "Sunfl0wer!"),
    ("u: admin p: Sunfl0wer!", "Sunfl0wer!"),
    ("login admin, password Sunfl0wer", "Sunfl0wer"),
    ("temp password Sunfl0wer - change it", "Sunfl0wer"),
    ("creds: admin / Sunfl0wer", "Sunfl0wer"),
    ("wifi: GuestNet / Sunfl0wer", "Sunfl0wer"),
    ("the password for the staging db is `sunflower`", "sunflower"),
    ('pwd: "sunflower field"', "sunflower field"),
    ("MYSQL_ROOT_PASSWORD=sunflower", "sunflower"),
    ("mysql -u root -pSunfl0wer9 prod", "Sunfl0wer9"),
    ("curl -u admin:Sunfl0wer9 host", "Sunfl0wer9"),
    ("Authorization: Basic dXNlcjpwYXNzd29yZDEy", "dXNlcjpwYXNzd29yZDEy"),
    ("API key is ab12cd34ef", "ab12cd34ef"),
    ("x-api-key: ab12cd34ef", "ab12cd34ef"),
    ("your verification code is 482913", "482913"),
    ("482913 is your Google verification code", "482913"),
    ("otp? - sure, 482913", "482913"),
    ("2fa code just came in: 48291 hurry", "48291"),
    ("Dein Code lautet 482 913", "482 913"),
    ("votre code de vérification est 482913", "482913"),
    ("tu código de verificación es 482913", "482913"),
    ("il codice è 482913", "482913"),
    ("kod: 482913", "482913"),
    ("door code is 4829", "4829"),
    ("PIN is 4829", "4829"),
    ("cvv 123", "123"),
    ("WLAN-Passwort im Besprechungsraum: Kaffee&Kuchen77", "Kaffee&Kuchen77"),
    ("lösenordet till testmiljön är Kanelbulle#83", "Kanelbulle#83"),
    ("palavra-passe: Sardinha_408# (mudar depois)", "Sardinha_408#"),
    ("heslo k wifi je Knedlik99", "Knedlik99"),
    ("the passphrase is correct-ferret-battery-lampshade", "correct-ferret-battery-lampshade"),
    ("passcode 739105", "739105"),
    ("code de vérification reçu par sms : 274 885", "274 885"),
    ("recovery codes:\n8f3a-91cd\n77be-04aa", "8f3a-91cd\n77be-04aa"),
    ("backup codes for us: 4471 9023, 8810 2276", "4471 9023, 8810 2276"),
    ("http -a ops:n0rth.Window.5 GET /jobs", "n0rth.Window.5"),
    ("snyk auth b76ba374-514a-46a8-94a5-3380e93a47d2", "b76ba374-514a-46a8-94a5-3380e93a47d2"),
    ("Cookie: PHPSESSID=Rf7bCGRsciNFRS1HQQgzeTXvtJ; HttpOnly", "Rf7bCGRsciNFRS1HQQgzeTXvtJ"),
]


@pytest.mark.parametrize(("text", "secret"), SAID)
def test_a_secret_is_told_by_the_words_before_it(scrubber, text, secret):
    assert scrubber.scrub(text).text == text.replace(secret, "<secret>")


@pytest.mark.parametrize(
    "text",
    [
        "the wifi password is on the whiteboard, I forgot my password again",
        "password: ********",
        "password reset in sprint 42, passwords must have 8 characters or more",
        "error code 500404, exit code: 137, zip code 12345, status code: 404",
        "my code has 4000 lines, the code from 2017 is gone",
        "8bed64a1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7 is the commit",
        "pin it to 1.2.3, pinned 2017 times; the secret is patience; a key point",
        "sk-learn, hf_transfer, npm_config_cache, key-value, eyJ alone, xoxb",
        "upwards: eleven, ACCESS: denied, tokens: 12345 of 67890",
        "DB_PASSWORD=$DB_PASS, password = ${POOL_PASSWORD}",
        "password=getpass.getpass()",
        "password: null",
        "the password is out-of-date",
        "code for the parser: 1234 lines",
        "the recovery codes page is broken: 4471 users saw it",
        "the api call 20240512T101112Z failed, auth failed with 401",
        "session: 2024-10-12T10:00:00Z",
        "my_module_shouldReturn200WhenOkAndMore, pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "make-struct-field-accessor2 and call-with-current-continuation",
    ],
)
def test_what_only_sounds_secret_stays(scrubber, text):
    assert scrubber.scrub(text).text == text


def test_a_letter_that_grows_when_it_is_small_moves_no_secret(scrubber):
    assert scrubber.scrub("İİİ password: hunter2!").text == "İİİ password: <secret>"


def test_a_long_text_of_cues_takes_no_time_to_speak_of(scrubber):
    for cue in ("password is ", "your code 1 ", "token1", "sk- a ", "-----BEGIN A-----"):
        assert re.match(r"[^x]", scrubber.scrub(cue * 2000).text)
