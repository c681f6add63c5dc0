"""Keys and tokens that tell what they are by their format.

Each row has a cue in lower case: no cue in the text, no pattern is tried. A later format is one
more row.

Source: the vendors' pages on their tokens; https://docs.github.com/code-security/secret-scanning
"""

import re
from functools import cache

_HEX = "[0-9a-fA-F]"
_AWS = (  # perhaps apart; often with the secret behind it
    r"(?=[A-Z\s]{0,16}\d)(?:\s?[0-9A-Z]){12,16}(?!\w)(?:[\s/:,]{1,3}[A-Za-z0-9+/]{40}(?![\w/+]))?"
)

_ROWS = {
    # in several parts
    "aaaa": r"\b(?:sk-)?ssh-(?:rsa|ed25519|dss)(?:@openssh\.com)? +[\w+/=]{16,}",
    "ecdsa": r"\b(?:sk-)?ecdsa-sha2-nistp\d{3}(?:@openssh\.com)? +[\w+/=]{16,}",
    "eyj": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?",
    # Slack
    "xox": r"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}",
    "xapp-": r"\bxapp-\d-[A-Za-z0-9-]{8,}",
    "xwfp-": r"\bxwfp-[A-Za-z0-9-]{8,}",
    # clouds
    "akia": rf"\bAKIA{_AWS}",
    "asia": rf"\bASIA{_AWS}",
    "abia": r"\bABIA[0-9A-Z]{16}\b",
    "acca": r"\bACCA[0-9A-Z]{16}\b",
    "aiza": r"\bAIza[\w-]{30,}",
    "ya29.": r"\bya29\.[\w.-]{20,}",
    "gocspx-": r"\bGOCSPX-[\w-]{20,}",
    "1//0": r"\b1//0[\w-]{20,}",
    "accountkey=": r"(?<=AccountKey=)[\w+/]{20,}={0,2}",
    "sharedaccess": r"SharedAccess(?:Key|Signature)=[\w+/%=-]{20,}",
    "sig=": r"(?<=sig=)[\w%+/-]{20,}={0,2}",
    "q~": r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}",
    "_v1_": rf"\bdo[opr]_v1_{_HEX}{{32,}}",
    "dapi": rf"\bdapi{_HEX}{{32}}(?:-\d)?\b",
    "hvs.": r"\bhvs\.[\w-]{20,}",
    "hvb.": r"\bhvb\.[\w-]{20,}",
    "atlasv1": r"\b\w{14}\.atlasv1\.[\w-]{40,}",
    "pul-": rf"\bpul-{_HEX}{{40}}\b",
    "fm2_": r"\bfm2_[\w,+/=-]{20,}",
    "fo1_": r"\bfo1_[\w-]{20,}",
    # code and packages
    "gh": r"\bgh[pousr]_[A-Za-z0-9]{20,}",
    "github_pat_": r"\bgithub_pat_\w{20,}",
    "gl": r"\bgl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\w.-]{18,}",
    "npm_": r"\bnpm_[A-Za-z0-9]{30,}",
    "pypi-": r"\bpypi-[\w-]{30,}",
    "rubygems_": rf"\brubygems_{_HEX}{{32,}}",
    "dckr_": r"\bdckr_[po]at_[\w-]{20,}",
    "atatt": r"\bATATT3[\w=-]{20,}",
    "bbdc-": r"\bBBDC-[\w+/-]{20,}",
    "lin_": r"\blin_(?:api|oauth)_[A-Za-z0-9]{20,}",
    "figd_": r"\bfigd_[\w-]{20,}",
    "ntn_": r"\bntn_[A-Za-z0-9]{20,}",
    "pmak-": r"\bPMAK-[\w-]{20,}",
    "sntry": r"\bsntry[su]_[\w+/=-]{20,}",
    "glc_": r"\bglc_[\w+/=-]{20,}",
    "glsa_": r"\bglsa_[\w-]{20,}",
    "nrak-": r"\bNRAK-[A-Z0-9]{20,}",
    "sbp_": rf"\bsbp_{_HEX}{{32,}}",
    "age-secret-key-": r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}",
    # models
    "dp.": r"\bdp\.(?:pt|st|sa|ct|scim|audit)\.(?:\w{2,20}\.)?\w{24,}",
    "pat": rf"\bpat[A-Za-z0-9]{{14}}\.{_HEX}{{64}}\b",
    "pscale_": r"\bpscale_\w{2,8}_[\w.=-]{20,}",
    ":fx": rf"\b{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}:fx\b",
    "sk-": r"\bsk-(?=[\w-]*\d)[\w-]{16,}",
    "hf_": r"\bhf_[A-Za-z0-9]{24,}",
    "api_org_": r"\bapi_org_[A-Za-z0-9]{24,}",
    "gsk_": r"\bgsk_[A-Za-z0-9]{24,}",
    "r8_": r"\br8_[A-Za-z0-9]{24,}",
    "xai-": r"\bxai-[A-Za-z0-9]{24,}",
    # money
    "k_live_": r"\b[spr]k_live_[A-Za-z0-9]{8,}",
    "k_test_": r"\b[spr]k_test_[A-Za-z0-9]{8,}",
    "whsec_": r"\bwhsec_[A-Za-z0-9+/=]{16,}",
    "shp": rf"\bshp(?:at|ca|pa|ss)_{_HEX}{{24,}}",
    "sq0": r"\bsq0(?:atp|csp|idp)-[\w-]{20,}",
    # messages
    "sg.": r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
    "sk": rf"\bSK{_HEX}{{32}}\b(?:[\s/:,]{{1,3}}{_HEX}{{32}}\b)?",
    "ac": rf"\bAC{_HEX}{{32}}\b(?:[\s/:,]{{1,3}}{_HEX}{{32}}\b)?",
    "key-": rf"\b(?:pub)?key-{_HEX}{{24,}}\b",
    "-us": rf"\b{_HEX}{{32}}-us\d{{1,2}}\b",
    ":aa": r"\b\d{8,10}:AA[\w-]{32,}",
    "eaa": r"\bEAA[A-Za-z0-9]{40,}",
    ".": r"\b[MNO][\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}",
    "-": rf"\b{_HEX}{{32}}-{_HEX}{{8}}-{_HEX}{{8}}\b",
}

CUES = tuple(_ROWS)


@cache
def compile_format(cue: str) -> re.Pattern[str]:
    """Compile a row when it is first needed: most of them never are."""
    return re.compile(_ROWS[cue], re.DOTALL)


BROKEN = re.compile(
    r"""(?<![\w-])(?: xox[a-z]- | xapp-\d- | gh[pousr]_ | github_pat_ | glpat- | sk- | hf_ | npm_
        | pypi- | [spr]k_(?:live|test)_ | SG\. | A[KS]IA | dop_v1_ | whsec_ | ya29\. | AIza | eyJ
        | key- | GOCSPX- )
        [\w.~+/=-]{2,} \s ([\w.~+/=-]{4,})""",
    re.VERBOSE,
)
"""A token that a space or a line break has taken apart, and its other half."""
