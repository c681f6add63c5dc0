"""PyTorch drawing from two LSTM layers: `nn.LSTM`, one step after the other."""

import sys
import time
from typing import Any

import torch

from benchmarks.peers import answer


class _Model(torch.nn.Module):
    def __init__(self, vocab_size: int, embedding_size: int, hidden_size: int) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(vocab_size, embedding_size)
        self.layers = torch.nn.LSTM(embedding_size, hidden_size, num_layers=2)
        self.projection = torch.nn.Linear(hidden_size, embedding_size)
        self.bias = torch.nn.Parameter(torch.zeros(vocab_size))

    def forward(self, tokens: Any, state: Any) -> Any:
        outputs, state = self.layers(self.embedding(tokens)[None], state)
        return self.projection(outputs[0]) @ self.embedding.weight.T + self.bias, state


def _build(*sizes: int) -> _Model:
    torch.manual_seed(0)
    return _Model(*sizes).eval()


def _draw(model: _Model, question: dict[str, Any]) -> dict[str, Any]:
    """Draw so many steps of a batch; say how many tokens that was a second."""
    batch, steps = question["batch"], question["steps"]
    tokens, state = torch.zeros(batch, dtype=torch.int64), None
    start = time.perf_counter()
    with torch.inference_mode():
        for _ in range(steps):
            scores, state = model(tokens, state)
            chances = torch.softmax(scores / question["temperature"], dim=-1)
            tokens = torch.multinomial(chances, 1)[:, 0]
    return {"rate": batch * steps / (time.perf_counter() - start)}


if __name__ == "__main__":
    built = _build(*map(int, sys.argv[1:]))
    answer(lambda question: _draw(built, question))
