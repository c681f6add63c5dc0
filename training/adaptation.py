"""From a base to a voice: a small delta is fitted while the base stands still."""

from training.bases import JUDGED_MESSAGES, Base
from training.checkpoints import Arrays, CheckpointFolder
from training.corpus import Corpus, EncodedCorpus, Part, count_bytes, encode_corpus, thin_out
from training.fitting import Fit, Material, fit
from training.model import LanguageModel, VoiceDelta, read_weights, write_weights
from training.preview import Preview
from training.recipe import delta_recipe
from training.streams import Packing, Reader, pack_evaluation, pack_training
from training.subject import Subject
from training.supervision import Supervision, follow
from training.updates import Updater

JUDGING = Packing(batch=64, time=32)


class Adapter:
    """Adapts one voice after another to a base; the graph is compiled for the first one only."""

    def __init__(self, base: Base) -> None:
        self.recipe = delta_recipe(base.shape)
        self._base = base
        self._model = LanguageModel(
            base.shape, dropout=self.recipe.dropout, seed=self.recipe.fit.seed
        )
        write_weights(self._model, base.weights)
        self._delta = VoiceDelta(base.shape, rank=self.recipe.rank, seed=self.recipe.fit.seed)
        self._blank = read_weights(self._delta)
        self._updater = Updater(self._model, self._delta, self.recipe.fit)
        self._encoded: EncodedCorpus | None = None
        self._preview = Preview(self._model, self._delta, base.tokenizer)

    def fit(
        self,
        corpus: Corpus,
        subject: Subject,
        supervision: Supervision,
        *,
        label: str,
        seconds: float | None,
        checkpoint: CheckpointFolder | None = None,
    ) -> Fit:
        """Fit a voice's delta to the subject's messages; the others are what they answer."""
        encoded = self._encode(corpus)
        trained = subject.select(corpus, Part.TRAIN)
        held_out = thin_out(subject.select(corpus, Part.HELD_OUT), JUDGED_MESSAGES)
        reader, packing = Reader(self._base.rows, is_delta=True), self.recipe.packing
        texts = corpus.texts_of(trained)
        write_weights(self._delta, self._start(subject))
        material = Material(
            epoch=lambda rng: pack_training(encoded, trained, reader, packing, rng),
            held_out=pack_evaluation(encoded, held_out, reader, JUDGING),
            held_out_bytes=count_bytes(corpus.texts_of(held_out)),
            training_bytes_per_token=count_bytes(texts) / max(1, encoded.lengths(trained).sum()),
        )
        return fit(
            self._updater,
            material,
            seconds=seconds,
            on_progress=follow(supervision, label, self._preview),
            stop=supervision.stop,
            checkpoint=checkpoint,
        )

    def _encode(self, corpus: Corpus) -> EncodedCorpus:
        """Tokenize a corpus, once for all voices that follow each other on it."""
        if self._encoded is None or self._encoded.corpus is not corpus:
            self._encoded = encode_corpus(corpus, self._base.tokenizer)
        return self._encoded

    def _start(self, subject: Subject) -> Arrays:
        """Return the delta that changes nothing but whose author it is."""
        row = self._base.rows.get(subject.author or 0, 0)
        return {**self._blank, "author_vector": self._base.weights["author/embedding"][row]}
