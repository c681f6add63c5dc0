"""A bidirectional LSTM over embeddings that says who wrote a message: the classic classifier."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from training.tokenizer import Tokenizer

EMBEDDING, HIDDEN = 64, 64
DROPOUT = 0.4
LONGEST = 48  # tokens that are read of a message
BATCH = 64
EPOCHS = 12
PATIENCE = 2  # epochs without a better held-out loss
LEARNING_RATE = 3e-3


class SequenceClassifier:
    """Learns whose messages are, and tells.

    Args:
        tokenizer: Its tokens are embedded; 0 stands for none.
        owners: How many there are.
        seed: Of the weights, the order and what is dropped.
    """

    def __init__(self, tokenizer: Tokenizer, owners: int, *, seed: int) -> None:
        import keras

        keras.utils.set_random_seed(seed)
        self._tokenizer = tokenizer
        self._model = keras.Sequential(
            [
                keras.layers.Embedding(tokenizer.vocab_size, EMBEDDING),
                keras.layers.SpatialDropout1D(DROPOUT),
                keras.layers.Bidirectional(keras.layers.LSTM(HIDDEN, return_sequences=True)),
                keras.layers.GlobalMaxPooling1D(),
                keras.layers.Dropout(DROPOUT),
                keras.layers.Dense(owners),
            ]
        )
        self._model.compile(
            optimizer=keras.optimizers.Adam(LEARNING_RATE),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )

    def fit(
        self,
        trained: tuple[Sequence[str], Sequence[int]],
        held_out: tuple[Sequence[str], Sequence[int]],
        on_progress: Callable[[float], None],
    ) -> None:
        """Learn texts and their owners; stop by the held-out ones, with the best weights."""
        import keras

        told = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, _: on_progress((epoch + 1) / EPOCHS)
        )
        best = keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)
        counts = np.bincount(trained[1])
        self._model.fit(
            self._encode(trained[0]),
            np.array(trained[1]),
            validation_data=(self._encode(held_out[0]), np.array(held_out[1])),
            class_weight=dict(enumerate(len(trained[1]) / len(counts) / counts)),
            batch_size=BATCH,
            epochs=EPOCHS,
            callbacks=[best, told],
            verbose=0,
        )

    def log_chances(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return log p(owner | text), shape `(texts, owners)`."""
        logits = self._model.predict(self._encode(texts), batch_size=256, verbose=0)
        logits = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
        chances: NDArray[np.float64] = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return chances

    def _encode(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """Return the first tokens of each text, shape `(texts, LONGEST)`, zeros after its end."""
        tokens = np.zeros((len(texts), LONGEST), np.int32)
        for row, ids in enumerate(self._tokenizer.encode_all(texts)):
            tokens[row, : len(ids)] = ids[:LONGEST]
        return tokens
