"""What drawing is measured against: loops of other programs, each in a process of its own."""

import pytest

from benchmarks.contest import is_installed, peer
from benchmarks.sampling import PEERS

pytestmark = pytest.mark.slow

VOCABULARY, EMBEDDING, HIDDEN = "50", "8", "16"
PACKAGES = {"torch_step": "torch", "onnx_step": "onnx"}


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_draws_and_tells_its_rate(name: str):
    module, *kind = PEERS[name]
    if not is_installed(PACKAGES[module]):
        pytest.skip("not installed")
    with peer(module, *kind, VOCABULARY, EMBEDDING, HIDDEN) as asked:
        rates = [
            asked.ask(batch=batch, steps=20, temperature=0.8, min_p=0.05)["rate"]
            for batch in (1, 16)
        ]
    assert all(rate > 0 for rate in rates)
