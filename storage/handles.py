"""Handles as they are typed, `@somebody`: of anybody, here or elsewhere."""

# ruff: noqa: SIM905 (words read better as text)

import re
from collections.abc import Iterator

from storage.drafts import Finding

# Nobody's: what calls everybody, what code and style sheets mark with an "@", plain words.
_NOBODY = frozenset(
    """
    here channel everyone group all me you us him her them it this that home work once school office
    first last least best most lunch noon night any one the a an my our your latest next beta
    property staticmethod classmethod dataclass dataclasses abstractmethod override overload final
    cache lru_cache cached_property wraps contextmanager total_ordering functools pytest patch mock
    unittest fixture parametrize mark.slow login_required app.route app.get app.post router.get
    router.post validator field_validator model_validator task celery.task retry timeit profile njit
    jit torch.no_grad tf.function numba.jit given settings click.command click.option
    media import keyframes font-face charset supports layer container apply include mixin extend use
    forward function return returns if else each for while tailwind page namespace theme
    param params throws exception deprecated see since author version type typedef template private
    public protected internal example todo ignore ts-ignore ts-expect-error jsx summary description
    spec doc moduledoc impl behaviour callback attr enforce_keys model using html section inherits
    test before after beforeeach aftereach beforeall afterall beforeclass afterclass component
    autowired inject injectable notnull nullable nonnull suppresswarnings entity bean service
    repository controller restcontroller requestmapping getmapping postmapping putmapping
    deletemapping requestbody requestparam pathvariable configuration transactional jsonproperty
    jsonignore id column table getter setter data builder value slf4j singleton provides module
    input output state binding published observedobject stateobject environment environmentobject
    viewbuilder composable preview main mainactor objc escaping available discardableresult testable
    directive pipe ngmodule viewchild hostlistener prop watch emit click submit change
    racket title section subsection defproc defform code codeblock item itemlist bold italic tags
    loader_path rpath executable_path
    """.split()
)
_HANDLE = re.compile(
    r"(?<![^\W_]|[@.#&=+`\\])(?<![\s(`#'\[],)@([^\W\d_][\w.-]{1,38}+)"
    r"(?![\w@]|[({\[=`]|/[\w-]|\s?\((?:max|min))"
)
_DOMAIN = re.compile(r"\.(?:com|org|net|edu|gov|io|dev|app|co|de|fr|es|it|nl|uk|eu|ch|at)$", re.I)
_NO_WORD = re.compile(r"[\d._-]")


def find_handles(text: str) -> Iterator[Finding]:
    """Find `@handle`s as `user`; decorators, annotations and package scopes are none."""
    if "@" in text:
        for match in _HANDLE.finditer(text):
            name = match[1].rstrip("._-")
            if len(name) > 1 and name.lower() not in _NOBODY and not _DOMAIN.search(name):
                yield Finding(match.start(), match.start() + 1 + len(name), "user")


def find_composed_handles(text: str) -> Iterator[Finding]:
    """Find those that are more than a word, which a name may be the beginning of."""
    for finding in find_handles(text):
        if _NO_WORD.search(text, finding.start, finding.end):
            yield finding
