"""What a page says of anonymization: how much of each kind of personal thing is hidden."""

from bot.page.columns import Better, Column, find_column, write_cell, write_share
from bot.page.sections import Section
from bot.page.tables import Row, Table
from storage.scrub_figures import KindFigures, ScrubFigures

_MEANING = (
    "Messages that come with Mimic, in which somebody has marked what is personal, are scrubbed "
    "as stored ones are. The columns on the right are the recall of what was written plainly or in "
    "some disguise. Of {messages:,} messages, {rate:,.0f} are scrubbed in a second; "
    "{replaced:.1%} of their bytes are replaced, and {labeled:.1%} are marked."
)


def build_section(figures: ScrubFigures, forms: tuple[str, ...], rate: float) -> Section:
    """Return one with a row for each kind.

    Args:
        forms: In which things were written, in the order of the columns.
        rate: Messages scrubbed in a second.
    """
    named = (Column("kind"), *map(find_column, ("items", "recall", "precision")))
    by_form = tuple(Column(form, better=Better.HIGHER, write=write_share) for form in forms)
    columns = (*named, *by_form)
    meaning = _MEANING.format(
        messages=figures.messages,
        rate=rate,
        replaced=figures.replaced / figures.bytes,
        labeled=figures.labeled / figures.bytes,
    )
    table = Table(columns, tuple(_build_row(kind, columns, forms) for kind in figures.kinds))
    return Section("privacy", "Personal things hidden", meaning, tables=(table,))


def _build_row(kind: KindFigures, columns: tuple[Column, ...], forms: tuple[str, ...]) -> Row:
    shares = (kind.recall(), kind.precision, *map(kind.recall, forms))
    values = (kind.kind, sum(kind.items.values()), *shares)
    return Row(tuple(map(write_cell, values, columns)))
