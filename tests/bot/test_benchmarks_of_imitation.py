"""The figures of imitation: that the same are taken of Mimic and of its peer."""

import pytest

from benchmarks.imitation import PEER, measure_imitation
from benchmarks.workshop import Workshop

pytest.importorskip(PEER)

pytestmark = pytest.mark.slow


def test_people_and_mimic_and_the_peer_write_as_many_messages_and_are_judged_alike(filled):
    table = measure_imitation(Workshop(filled.parent, minutes=0.1), runs=1)
    assert table is not None
    own, _, unranked, peer = [dict(zip(table.head, row, strict=True)) for row in table.rows]
    assert [row[:2] for row in table.rows] == [
        ("sample", way) for way in ("people's own", "Mimic", "Mimic, unranked", PEER)
    ]
    assert own["messages"] == unranked["messages"] == peer["messages"]
    assert not own["detector"]
    copied, invented = (float(each["near"].rstrip("%")) for each in (peer, unranked))
    assert copied > invented  # of voices that have hardly learned
