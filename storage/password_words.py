"""Words that stand before passwords and codes, and how these look, as patterns to put together."""

import re

from storage.drafts import MARK


def is_mixed(value: str) -> bool:
    """Tell a token from a word: it has letters and digits."""
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def is_no_word(value: str) -> bool:
    """Tell a password from the next word of a sentence: "my password is wrong"."""
    if _REFERENCE.match(value):
        return False
    if _PHRASE.fullmatch(value):
        return True
    bare = re.sub(r"[-/'\u2019]", "", value.strip(".,!?)'\":;-\u2019\u2026"))
    return any(map(str.isalnum, bare)) and not bare.isalpha()


def is_anything(value: str) -> bool:
    """Take what stands where nothing but a secret does, unless it is blotted out."""
    return any(map(str.isalnum, value)) and not _REFERENCE.match(value)


def is_token(value: str) -> bool:
    """Tell a key from a word or a number: long, of letters and digits."""
    has_both = any(map(str.isupper, value)) and any(map(str.islower, value))
    return is_mixed(value) and (has_both or sum(map(str.isdigit, value)) >= 3)


_REFERENCE = re.compile(  # where a program gets it from, and what stands for it in a manual
    r"""\$(?: \{ | \( | [({]?[A-Z_][A-Z0-9_]*[)}]?[;,.]?$ ) | \{\{ | \{\w*\}[,.;)]?$ | %s | %\(
        | (?:os|process|env|config|settings|self|args|opts|options|secrets|vault|var|local|module
        |params
            |request|req|props|this|data)[.\[][a-z]
        | [A-Za-z_][\w.]*\([\w.'",\s]*\)?[,;]?$ | (?:None|null|nil|undefined|true|false
        |required)\b[,;)]?$
        | x{3,}$ | \.{3}""",
    re.VERBOSE,
)
_PHRASE = re.compile(r"[^\W\d_]{4,12}(?:-[^\W\d_]{4,12}){2,6}[.,!)]?")  # correct-horse-battery
VALUE = rf"[^\s`'\"<>{MARK}]"
QUOTED = r"['\"`\u201c\u2018\u201e\u00ab]([^\n'\"`\u201c\u201d\u2019\u00bb]{4,60})"
IS = (
    r"(?:\b(?:c['\u2019]est|is|was|are|ist|lautet|est|es|è|é|jest|to|är|er|on|je|este|olarak|estas)\b"
    r"|[=:\u2192]|->)"
)
WORD = (  # from the cue on
    r"(?:(?:(?:passw|passphrase|passcode|passord|kennwort)\w{0,8}"
    r"|(?<![^\W_])(?:passe?|pwd?|psw)(?:_\w{1,20})?|mot\sde\spasse|mdp|contraseña|contrasena|senha"
    r"|clave"
    r"|wachtwoord|hasł[oa]|lösenord(?:et)?|adgangskoden?|salasanan?|parol[ae]?|şifre(?:si)?|heslo"
    r"|jelszó"
    r"|пароль|palavra-passe|palabra\sclave|lozinka|geslo|parool|slaptažodis|гасло|лозинка|парола"
    r"|κωδικός|kata\ssandi|mật\skhẩu|סיסמה|credenziali)"
    r"(?![^\W_])|(?:密码|密碼|パスワード|비밀번호)(?:[是为為は는은](?=\s))?)"
)
FOR = (
    r"(?:for|on|of|to|in|at|für|auf|im|in|am|vom|von|zum|zur|de|du|des|do|da|dla|til|till|pour|sur"
    r"|para|del|della"
    r"|di|per|voor|van|op|от|для|на|na|k|ke)"
)
BETWEEN = (
    rf"(?:\s(?:now|still|again|jetzt|{FOR}\s[^\n:=]{{1,30}}?"
    r"|(?:\w{2,12}\s?){1,2}(?=\s?[:=])))?"
)
KEY = r"\w{3,30}"  # from the cue on
CODE_NAME = (
    r"(?:(?:pass)?codes?"
    r"|(?:adgangs|tilgangs|sikkerhe[td]s|säkerhets|engangs|bekreftelses|dør|dörr)?kode?n?"
    r"|código|codigo|codice|kood|код|κωδικός)"
)
CODE_LIST = r"(?:[A-Z\d]{4,6}(?:[ -][A-Z\d]{4,6}){0,3})"  # 8f3a-91cd
ONCE = r"(?:otp|[2m]fa|verification|one[- ]?time|einmal)"
CODE_FOR = (
    r"(?:security|log-?in|sign-?in|auth\w*|access|sms|confirm\w*|door|gate|alarm|entry|unlock"
    r"|recovery"
    r"|backup|bestätigungs|sicherheits|verifizierungs|zugangs|your|my|dein|ihr|votre|ton|tu|su|seu"
    r"|il|o)"
)
CODE = (
    r"([A-Z]{1,2}-\d{4,8}|\d{3,4}[ -]\d{3,4}(?!\d)|\d{4,8}|(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{6,8})"
    r"(?![\w/%-]|[.,:]\d)"
)
