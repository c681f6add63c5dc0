"""PyTorch's `nn.LSTM`, in float32 or under bfloat16 autocast."""

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.lessons import CLIP_NORM, EMBEDDING, EPSILON, HIDDEN, WEIGHT_DECAY, Weights, Window
from benchmarks.pupils import answer_as

State = tuple[Tensor, Tensor]


class Network(nn.Module):
    """Embedding, two LSTM layers, and the embedding again."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, EMBEDDING)
        self.layers = nn.LSTM(EMBEDDING, HIDDEN, num_layers=2)
        self.projection = nn.Linear(HIDDEN, EMBEDDING)
        self.output_bias = nn.Parameter(torch.zeros(vocab_size))
        for number in (0, 1):  # it has two biases where one will do
            getattr(self.layers, f"bias_hh_l{number}").requires_grad_(requires_grad=False).zero_()

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return logits `(time, batch, vocab)` and the state after them."""
        hidden, state = self.layers(self.embedding(tokens), state)
        projected = self.projection(hidden)
        return projected @ self.embedding.weight.T + self.output_bias, state


class Torch:
    """The network with AdamW."""

    def __init__(self, vocab_size: int, batch: int) -> None:
        self._network, self._batch = Network(vocab_size), batch
        self._is_low = sys.argv[3] == "bfloat16"
        self._optimizer, self._steps = self._make_optimizer(), 0
        self._state = self._zero_state()

    def begin(self, weights: Weights) -> None:
        """Take these weights, and forget all else."""
        network, taken = self._network, {k: torch.from_numpy(v) for k, v in weights.items()}
        with torch.no_grad():
            network.embedding.weight.copy_(taken["embedding"])
            network.projection.weight.copy_(taken["projection/kernel"].T)
            network.projection.bias.copy_(taken["projection/bias"])
            network.output_bias.copy_(taken["output_bias"])
            for number, layer in enumerate(("layer_1", "layer_2")):
                own = {"weight_ih": "kernel", "weight_hh": "recurrent_kernel", "bias_ih": "bias"}
                for name, part in own.items():
                    getattr(network.layers, f"{name}_l{number}").copy_(taken[f"{layer}/{part}"].t())
        self._optimizer, self._steps = self._make_optimizer(), 0
        self._state = self._zero_state()

    def train(self, windows: Sequence[Window], rate: float) -> None:
        """Update the weights once for each window, at this learning rate."""
        for window in windows:
            self._steps += 1
            for group in self._optimizer.param_groups:
                group["lr"] = rate
                group["eps"] = EPSILON / math.sqrt(1 - group["betas"][1] ** self._steps)  # Keras'
            loss, state = self._measure(window, self._state)
            self._optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(self._network.parameters(), CLIP_NORM)
            self._optimizer.step()
            self._state = (state[0].detach(), state[1].detach())

    def judge(self, windows: Sequence[Window]) -> float:
        """Return the mean loss in bits per token from the zero state, without learning."""
        state, losses = self._zero_state(), []
        with torch.no_grad():
            for window in windows:
                loss, state = self._measure(window, state)
                losses.append(loss.item())
        return float(np.mean(losses)) / math.log(2)

    def _measure(self, window: Window, state: State) -> tuple[Tensor, State]:
        inputs, targets = map(torch.from_numpy, window)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._is_low):
            logits, state = self._network(inputs, state)
        return cross_entropy(logits.float().flatten(0, 1), targets.long().flatten()), state

    def _zero_state(self) -> State:
        zeros = torch.zeros(2, self._batch, HIDDEN)
        return zeros, zeros

    def _make_optimizer(self) -> torch.optim.AdamW:
        named = list(self._network.named_parameters())
        groups: list[dict[str, Any]] = [
            {"params": [each for name, each in named if "bias" not in name]},
            {"params": [each for name, each in named if "bias" in name], "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY, fused=True)


if __name__ == "__main__":
    answer_as(Torch)
