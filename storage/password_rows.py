"""What is said of passwords, keys and one-time codes, in several languages.

Each row has cues in lower case: where none of them is in the text, no pattern is tried. The secret
is the pattern's one group.
"""

# ruff: noqa: SIM905 (words read better as text)

from collections.abc import Callable
from typing import NamedTuple

from storage import password_words as word
from storage.drafts import MARK


class Row(NamedTuple):
    """What may be a secret.

    Args:
        cues: Where the pattern is tried, or, where `is_anywhere`, what must be in the text.
    """

    cues: tuple[str, ...]
    pattern: str
    is_secret: Callable[[str], bool]
    needs_digits: bool = False
    is_anywhere: bool = False


_PASSWORD_CUES = tuple(
    "pass|pw|kennwort|mdp|contrase|senha|wachtwoord|hasło|lösenord|clave|adgangskode|"
    "salasana|parola|şifre|heslo|jelszó|пароль|密码|密碼|パスワード|비밀번호|psw|mot de passe|"
    "palabra clave|lozinka|geslo|parool|hasła|parole|slaptaž|гасло|лозинка|парола|κωδικός|"
    "kata sandi|mật khẩu|סיסמה".split("|")
)
_KEY_CUES = ("api", "access", "token", "secret", "private", "signing", "auth", "client", "key")
CODE_CUES = tuple("code|kode|kod|código|codigo|codice|otp|2fa|mfa|код".split("|"))
_TOKEN_CUES = tuple(
    "token|secret|auth|schlüssel|clé|clave|chiave|chave|sleutel|nyckel|nøkkel|nøgle|klucz|"
    "klíč|kulcs|anahtar|ключ|токен|avain|jeton|密钥|トークン|キー|creden|api".split("|")
)
ROWS = (
    # all of a value behind "=", and of one that ends its line: "password: correct-horse"
    Row(
        _PASSWORD_CUES,
        rf"{word.WORD}['\"]?\s?=\s?['\"`]?({word.VALUE}{{4,2000}})",
        word.is_anything,
    ),
    Row(
        _PASSWORD_CUES,
        rf"{word.WORD}['\"]?\s?[:\uff1a]\s?['\"`]?({word.VALUE}{{4,2000}})(?=['\"`]?\s*$)",
        word.is_anything,
    ),
    # what stands in quotes: "the password is 'sunflower'"
    Row(
        _PASSWORD_CUES,
        rf"{word.WORD}{word.BETWEEN}\s?{word.IS}(?:\snow)?\s?{word.QUOTED}",
        word.is_anything,
    ),
    # where the line goes on, only what is no word: "password: please reset it"
    Row(
        _PASSWORD_CUES,
        rf"{word.WORD}['\"]?{word.BETWEEN}\s?{word.IS}(?:\snow)?\s?['\"`]?({word.VALUE}{{4,2000}})",
        word.is_no_word,
    ),
    Row(
        _PASSWORD_CUES,
        rf"{word.WORD}(?:\s{word.FOR}\s\w+)?\s['\"`(]?({word.VALUE}{{6,2000}})",
        word.is_mixed,
        needs_digits=True,
    ),
    # the last of what opens a door: "creds: admin / hunter2"
    Row(
        ("cred", "login", "log in", "zugangsdaten", "wifi", "wi-fi", "wlan"),
        rf"\b(?:creds?|credentials|log-?in|zugangsdaten|wi-?fi|wlan)\b[^\n]{{0,80}}?\s[/|]\s"
        rf"['\"`]?([^\s`'\"<>@{MARK}]{{5,}})(?![@\w.])",
        word.is_mixed,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(
        _KEY_CUES,
        rf"{word.KEY}['\"]?\s?(?:[:=]|\bis\b)\s?['\"`]?({word.VALUE}{{8,2000}})",
        word.is_mixed,
        needs_digits=True,
    ),
    Row(
        ("secret", "key", "token"),
        r"\w{3,30}\s(?=[^\W_]*[A-Z])(?=[^\W_]*[a-z])((?=[\w-]*\d)[\w-]{20,})",
        word.is_mixed,
        needs_digits=True,
    ),
    Row(  # a long key behind a few words: "snyk auth b76ba374-…"; "DeepL-Schlüssel: …"
        _TOKEN_CUES,
        r"\w{2,20}(?:[ _-]\w{1,12}){0,2}?(?:\s?(?:[:=\u2192]|->)\s?|\s)['\"`]?"
        r"(?<!\w[-/.])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[^\W_]*(?-i:[A-Z]))"
        r"(?=[^\W_]*(?-i:[a-z]))(?=\w*\d)[\w-]{16,}"
        r"|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{20,})(?![\w/.@-])",
        word.is_token,
        needs_digits=True,
    ),
    Row(  # of a browser's session
        ("sess", "sid", "cookie", "csrf", "xsrf", "jwt", "remember"),
        r"(?:sess(?:ion)?(?:[_-]?(?:id|token|key))?|sid|csrf[_-]?token|xsrf-token|jwt"
        r"|remember_\w{1,20})['\"]?\s?[=:]\s?['\"]?(?!\d{4}-\d\d-)("
        r"(?=[^\s;]{0,200}\d)[^\s;,'\"<>`]{16,2000})",
        word.is_token,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(  # on a command line
        ("mysql", "sshpass", "psql", "mongo"),
        rf"\b(?:mysql|sshpass|psql|mongo)\w*\b[^\n]{{0,200}}?\s-p\s?['\"]?({word.VALUE}{{6,2000}})",
        word.is_mixed,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(
        ("curl", "redis-cli", "http", "wget", "docker", "ldap", "smb", "login"),
        rf"\b(?:(?:curl|xh|https?|wget)\b[^\n]{{0,200}}?\s(?:-u|-a|--user|--auth)[\s=]?['\"]?[\w.@-]+:"
        rf"|redis-cli\b[^\n]{{0,200}}?\s-a\s"
        rf"|(?:docker|helm|az|oc|podman|npm|crane|skopeo)\s(?:registry\s)?login\b[^\n]{{0,200}}?\s-p[\s=]?"
        rf"|ldap\w+\b[^\n]{{0,200}}?\s-w\s"
        rf"|smbclient\b[^\n]{{0,200}}?\s-U\s\S+%)['\"]?({word.VALUE}{{6,2000}})",
        word.is_mixed,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(
        ("u:", "user"),
        rf"\bu(?:ser(?:name)?)?\s?[:=]\s?\S{{1,200}}[\s,/]{{1,20}}p(?:w|ass)?\w{{0,6}}\s?[:=]\s?"
        rf"({word.VALUE}{{4,2000}})",
        word.is_no_word,
        is_anywhere=True,
    ),
    Row(
        ("bearer", "basic"),
        r"(?:bearer|basic) ([\w.~+/-]{12,}={0,2})",
        word.is_mixed,
        needs_digits=True,
    ),
    Row(
        CODE_CUES,
        rf"\b{word.ONCE}[- ]?(?:\w+[- ])?{word.CODE_NAME}?\b[^\d\n]{{0,24}}?"
        rf"(?<![\w/$\u20ac#.-]){word.CODE}",
        word.is_anything,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(
        CODE_CUES,
        rf"\b{word.CODE_FOR}[- ]?(?:\w+[- ])?{word.CODE_NAME}\b\W{{0,3}}(?:{word.IS}"
        rf"(?!\w))?\W{{0,3}}{word.CODE}",
        word.is_anything,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(
        ("kod", "pass", "код"),
        rf"\b(?:kod|passcode|код)[^\d\n]{{0,2}}?\s{word.CODE}",
        word.is_anything,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(  # "code de vérification reçu par sms : 274 885"
        CODE_CUES,
        rf"(?<![^\W_]){word.CODE_NAME}\s(?:de|di|d'|do|da|(?:for|to)\s(?:the\s|our\s|my\s)?(?:door"
        rf"|gate|alarm"
        r"|building|garage|lock\s?box|safe|entrance|front|back)\b)\s?[^\d\n]{1,40}?"
        rf"(?:[:=]|\b(?:is|est|es|è|é|ist|er|är)\b)\s?{word.CODE}",
        word.is_anything,
        needs_digits=True,
    ),
    Row(  # all of a list: "recovery codes: 8f3a-91cd 77be-04aa"
        CODE_CUES,
        r"(?:(?:(?<=recovery[- ])|(?<=backup[- ])|(?<=scratch[- ])|(?<=rescue[- ])|"
        r"(?<=emergency[- ])|(?<=[2m]fa[- ])"
        r"|(?<=otp[- ])|(?<=herstellungs)|(?<=ersatz)|(?<=notfall)|(?<=sicherungs)|"
        r"(?<=backup))codes"
        r"|(?:codes|códigos|codigos|codici|kody|koder)\s(?:de\s|di\s)?(?:secours|récupération"
        r"|respaldo|recuperaci[oó]n"
        r"|recuperação|recupero|backup|zapasowe|odzyskiwania))(?:\s(?:for|of|to|de|für|pour"
        r"|para)\s[^\n:]{1,30})?"
        r"\s?:\s{0,3}[-*\u2022`\s]{0,4}((?=[A-Z\s-]{0,12}\d)"
        rf"{word.CODE_LIST}(?:[\s,;|`*\u2022-]{{1,5}}"
        rf"(?=[A-Z]{{0,5}}[ -]?[A-Z]{{0,5}}\d){word.CODE_LIST}){{0,20}})(?!\w)",
        word.is_anything,
        needs_digits=True,
    ),
    Row(
        CODE_CUES,
        rf"(?<![^\W_]){word.CODE_NAME}\s(?:de|di|d')\s?\w+\W{{0,3}}"
        rf"(?:{word.IS}\s)?\W{{0,2}}{word.CODE}",
        word.is_anything,
        needs_digits=True,
    ),
    Row(
        CODE_CUES,
        rf"(?<![\w.,:/-]){word.CODE}"
        r"(?=\W{0,3}\s(?:is|ist|est|es)\s(?:\w+\s){1,3}(?:code|pin|otp|passcode)\b)",
        word.is_anything,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(
        ("pin",),
        rf"\bpin(?:[ -]?(?:code|number|nummer))?(?:\s{word.IS})?[\s:=#`'\"]{{1,3}}(\d{{4,8}})\b",
        word.is_anything,
        needs_digits=True,
        is_anywhere=True,
    ),
    Row(
        ("cvv", "cvc"), r"cv[vc]2?\W{0,3}(?:is\s)?(\d{3,4})\b", word.is_anything, needs_digits=True
    ),
)
