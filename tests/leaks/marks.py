"""Strings that stand nowhere by chance, each for one field of what comes in."""

from dataclasses import dataclass, field


@dataclass
class Marks:
    """The marks of one test.

    Attributes:
        sealed: They may be kept, sealed; whoever opens the database with the key finds them.
        banned: They may be kept nowhere, in no form.
    """

    sealed: dict[str, str] = field(default_factory=dict)
    banned: dict[str, str] = field(default_factory=dict)

    def seal(self, name: str) -> str:
        """Make the mark of a field that may be kept sealed."""
        return self.sealed.setdefault(name, _spell(name))

    def ban(self, name: str) -> str:
        """Make the mark of a field that must not be kept."""
        return self.banned.setdefault(name, _spell(name))

    @property
    def all(self) -> dict[str, str]:
        return {**self.sealed, **self.banned}


def find(marks: dict[str, str], data: bytes) -> set[str]:
    """Return the names of the marks that stand in some bytes, in whatever case, as 8 or 16 bits."""
    lowered = data.lower()
    return {
        name
        for name, mark in marks.items()
        if mark.lower().encode() in lowered or mark.lower().encode("utf-16-le") in lowered
    }


def _spell(name: str) -> str:
    letters = "".join(c for c in name.lower() if c.isalnum())
    return f"qzx{letters}wvk"
