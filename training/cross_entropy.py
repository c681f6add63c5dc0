"""The loss of a part of a window, with its gradient written out.

Logits are laid out as `(vocab_size, columns)`, like all else. Each function below is compiled to
one pass over them; in one function together they would write their scores to memory in between.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

Tensor = Any  # TensorFlow ships no types
LARGEST = 75.0  # of 4,000 scores or so: the sum of their exp still is a float32


@tf.custom_gradient
def cross_entropy(
    logits: Tensor, bias: Tensor, targets: Tensor, weights: Tensor
) -> tuple[Tensor, Callable[..., Any]]:
    """Return the weighted sum of `-log p(target)` in nats.

    Args:
        logits: Shape `(vocab_size, columns)`, in the dtype of the products.
        bias: Added to the logits, shape `(vocab_size, 1)`, float32.
        targets: Token ids, shape `(columns,)`.
        weights: How much each prediction counts, shape `(columns,)`.
    """
    log_sums = _sum_up(logits, bias)
    places = tf.stack([targets, tf.range(targets.shape[0])], axis=1)
    wanted = _score(tf.gather_nd(logits, places), tf.gather(bias[:, 0], targets))

    def gradient(d_loss: Tensor) -> tuple[Tensor, Tensor, None, None]:
        d_logits = _backward(logits, bias, targets, log_sums, weights * d_loss)
        d_bias = tf.matmul(d_logits, tf.ones([targets.shape[0], 1], logits.dtype))
        return d_logits, tf.cast(d_bias, tf.float32), None, None

    return tf.reduce_sum(weights * (log_sums - wanted)), gradient


def _score(logits: Tensor, bias: Tensor) -> Tensor:
    """Return float32 scores, cut off where the sum of their exp would overflow or vanish.

    That saves the pass that looks for the highest score of each column.
    """
    return tf.clip_by_value(tf.cast(logits, tf.float32) + bias, -LARGEST, LARGEST)


@tf.function(jit_compile=True, autograph=False)
def _sum_up(logits: Tensor, bias: Tensor) -> Tensor:
    return tf.math.log(tf.reduce_sum(tf.exp(_score(logits, bias)), axis=0))


@tf.function(jit_compile=True, autograph=False)
def _backward(
    logits: Tensor, bias: Tensor, targets: Tensor, log_sums: Tensor, weights: Tensor
) -> Tensor:
    probabilities = tf.exp(_score(logits, bias) - log_sums)
    is_target = tf.range(logits.shape[0])[:, tf.newaxis] == targets
    return tf.cast(weights * (probabilities - tf.cast(is_target, tf.float32)), logits.dtype)
