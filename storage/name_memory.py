"""The names that one store's scrubber knows, also those that are kept nowhere any more."""

from collections.abc import Iterable, Mapping, Set
from itertools import chain

Forms = Iterable[str]


class NameMemory:
    """Remembers, until the store is closed, who was forgotten: others still talk about them.

    Attributes:
        news: Grows whenever a name was heard that is not kept.
        is_in_use: Somebody was told all forms already, and has perhaps scrubbed by them.
    """

    def __init__(self) -> None:
        self.news = 0
        self.is_in_use = False
        self._kept: Mapping[int, Forms] = {}
        self._unkept: dict[int, frozenset[str]] = {}

    def hear(self, member: int, forms: Forms) -> None:
        """Hear the name of a member of whom none is kept."""
        known = self._unkept.get(member, frozenset())
        if not known.issuperset(forms):
            self._unkept[member] = known.union(forms)
            self.news += 1

    def tell(self, kept: Mapping[int, Forms], nameless: Set[int]) -> frozenset[str]:
        """Return all forms of all names.

        Args:
            kept: By member.
            nameless: Members who said no, and whose names are not kept.
        """
        for member in self._kept.keys() & nameless:
            self._unkept[member] = self._unkept.get(member, frozenset()).union(self._kept[member])
        self._kept, self.is_in_use = kept, True
        return frozenset(chain(*kept.values(), *self._unkept.values()))
