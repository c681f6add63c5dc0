import itertools
import json
import math
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.checkpoints import CheckpointFolder, Standing
from training.config import Dropout, FitConfig, ModelShape
from training.dropping import NOTHING
from training.errors import RunCancelled, SetAside, TrainingFailed
from training.fitting import Material, Progress, fit
from training.model import LanguageModel, VoiceDelta, read_weights
from training.streams import Packing, pack_raw
from training.updates import Updater

pytestmark = pytest.mark.slow

SHAPE = ModelShape(vocab_size=12, embedding_size=8, hidden_size=16, author_size=2, authors=1)
PACKING = Packing(4, 8)
HEAVY = Dropout(0.4, 0.4, 0.4, full_after=2)
TOKENS = np.tile(np.arange(12, dtype=np.int32), 60)  # the next token is always certain


def make_material(tokens: np.ndarray = TOKENS) -> Material:
    return Material(
        epoch=lambda rng: pack_raw(tokens, PACKING, offset=int(rng.integers(8))),
        held_out=pack_raw(TOKENS[:200], PACKING),
        held_out_bytes=200,
        training_bytes_per_token=1.0,
    )


def make_updater(
    shape: ModelShape = SHAPE, dropout: Dropout = NOTHING, **changes: float
) -> Updater:
    model = LanguageModel(shape, dropout=dropout)
    return Updater(model, None, FitConfig(**{"learning_rate": 0.02, "epochs": 20, **changes}))


def ignore(progress: Progress) -> None:
    pass


def test_a_certain_sequence_is_learned():
    done = fit(
        make_updater(), make_material(), seconds=None, on_progress=ignore, stop=threading.Event()
    )
    assert done.standing.history[0]["bits_per_byte"] > 1
    assert done.standing.best_bits < 0.5


def test_progress_rises_to_one_and_tells_each_held_out_figure():
    seen: list[Progress] = []
    fit(
        make_updater(epochs=3),
        make_material(),
        seconds=None,
        on_progress=seen.append,
        stop=threading.Event(),
    )
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert all(math.isfinite(p.bits_per_byte) for p in seen if p.bits_per_byte is not None)
    assert sum(p.bits_per_byte is not None for p in seen) >= 3


def test_a_run_ends_when_its_time_is_up():
    updater = make_updater(epochs=100_000, patience=100_000)
    done = fit(updater, make_material(), seconds=2, on_progress=ignore, stop=threading.Event())
    assert done.standing.epoch < 100_000
    assert done.standing.history


def test_a_stopped_run_keeps_its_best_weights():
    stop = threading.Event()

    def stop_soon(progress: Progress) -> None:
        if progress.fraction > 0.3:
            stop.set()

    done = fit(
        make_updater(epochs=40), make_material(), seconds=None, on_progress=stop_soon, stop=stop
    )
    assert 0 < done.standing.step < 40 * 20
    assert done.standing.best_bits < done.standing.history[0]["bits_per_byte"] + 1e-9
    assert done.weights.keys() == read_weights(LanguageModel(SHAPE, dropout=Dropout())).keys()


def test_patience_ends_a_run_that_gets_no_better():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 12, size=400).astype(np.int32)  # nothing to learn about TOKENS
    done = fit(
        make_updater(epochs=500, patience=3, evaluations=500),
        make_material(noise),
        seconds=60,
        on_progress=ignore,
        stop=threading.Event(),
    )
    worse = [e for e in done.standing.history if e["step"] > done.standing.best_step]
    assert len(worse) == 3


def test_a_killed_run_goes_on_where_it_stood(tmp_path: Path):
    class KilledError(Exception):
        pass

    checkpoint = CheckpointFolder(tmp_path, "same")
    updater, counter = make_updater(), itertools.count()

    def die(progress: Progress) -> None:
        if next(counter) == 4:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.fitting.CHECKPOINT_SECONDS", -1)  # save after every step
        with pytest.raises(KilledError):
            fit(
                updater,
                make_material(),
                seconds=None,
                on_progress=die,
                stop=threading.Event(),
                checkpoint=checkpoint,
            )
    standing, _ = checkpoint.load()
    assert standing.step > 0
    steps: list[float] = []
    done = fit(
        make_updater(),
        make_material(),
        seconds=None,
        on_progress=lambda progress: steps.append(progress.fraction),
        stop=threading.Event(),
        checkpoint=CheckpointFolder(tmp_path, "same"),
    )
    assert steps[0] > 0.05
    assert done.standing.best_bits < 0.5


def test_a_fit_depends_on_nothing_that_was_fitted_before_it():
    updater = make_updater(dropout=HEAVY, epochs=2)
    start, found = read_weights(updater.model), []
    for _ in range(2):
        updater.restore(start, None)
        done = fit(
            updater, make_material(), seconds=None, on_progress=ignore, stop=threading.Event()
        )
        found.append(done.standing.best_bits)
    assert found[0] == found[1]


def test_what_is_dropped_goes_on_where_it_stood():
    first, second = (make_updater(dropout=HEAVY) for _ in range(2))
    windows = make_material().epoch(np.random.default_rng(0))
    state = first.model.zero_state(PACKING.batch)
    for window in itertools.islice(windows, 3):
        first.step(window, state, 0.02)
    second.restore(read_weights(first.model), first.slots())
    last = list(windows)[3]
    assert first.step(last, state, 0.02)[0] == second.step(last, state, 0.02)[0]


def test_a_checkpoint_of_a_model_of_another_size_is_left_alone(tmp_path: Path):
    larger = make_updater(replace(SHAPE, hidden_size=24))
    groups = {"weights": read_weights(larger.model), "best": read_weights(larger.model)}
    folder = CheckpointFolder(tmp_path, "same")
    folder.save(Standing(step=5), {**groups, "slots": larger.slots()})
    done = fit(
        make_updater(epochs=1),
        make_material(),
        seconds=None,
        on_progress=ignore,
        stop=threading.Event(),
        checkpoint=folder,
    )
    assert done.weights["layer_1/recurrent_kernel"].shape == (16, 64)


@pytest.mark.parametrize("error", [SetAside, RunCancelled])
def test_a_run_that_has_to_make_way_keeps_where_it_stands(tmp_path: Path, error: type[Exception]):
    checkpoint, steps = CheckpointFolder(tmp_path, "same"), itertools.count(1)

    def make_way(progress: Progress) -> None:
        if next(steps) == 4:
            raise error("enough")

    with pytest.raises(error):
        fit(
            make_updater(),
            make_material(),
            seconds=None,
            on_progress=make_way,
            stop=threading.Event(),
            checkpoint=checkpoint,
        )
    standing, groups = checkpoint.load()
    assert standing.step >= 20
    assert groups.keys() == {"weights", "best", "slots"}


def test_a_loss_that_is_no_number_changes_nothing_and_lowers_the_rate():
    updater = make_updater(epochs=4)
    broken = itertools.count()
    train = updater._train

    def break_once(*window: object) -> object:
        loss, state = train(*window)
        return (loss * math.nan, state) if next(broken) == 30 else (loss, state)

    updater._train = break_once
    done = fit(updater, make_material(), seconds=None, on_progress=ignore, stop=threading.Event())
    assert done.standing.rate_scale == 0.5
    assert all(np.isfinite(value).all() for value in done.weights.values())


def test_weights_that_run_away_for_good_are_an_error():
    updater = make_updater(learning_rate=math.inf)
    with pytest.raises(TrainingFailed, match="ran away"):
        fit(updater, make_material(), seconds=None, on_progress=ignore, stop=threading.Event())


def test_fitting_a_delta_leaves_the_base_alone():
    model = LanguageModel(SHAPE, dropout=Dropout(0, 0, 0))
    before = read_weights(model)
    delta = VoiceDelta(SHAPE, rank=2)
    updater = Updater(model, delta, FitConfig(learning_rate=0.02, epochs=20))

    def pack_as_voice(rng: np.random.Generator):
        windows = pack_raw(TOKENS, PACKING)
        windows.authors[:] = -1
        return windows

    material = Material(pack_as_voice, pack_as_voice(np.random.default_rng(0)), 719, 1.0)
    done = fit(updater, material, seconds=None, on_progress=ignore, stop=threading.Event())
    after = read_weights(model)
    assert all((before[name] == after[name]).all() for name in before)
    assert done.weights["output_bias"].any()
    assert done.standing.history[-1]["bits_per_byte"] < done.standing.history[0]["bits_per_byte"]


def test_a_start_that_nothing_beats_is_kept():
    updater = make_updater(learning_rate=0.0, epochs=1, keeps_start=True)
    before = read_weights(updater.model)
    done = fit(updater, make_material(), seconds=None, on_progress=ignore, stop=threading.Event())
    assert done.standing.best_step == 0
    assert all((done.weights[name] == before[name]).all() for name in before)


def test_a_short_run_never_learns_faster_than_the_peak():
    updater, rates = make_updater(epochs=1), []
    step = updater.step

    def note_rate(window: object, state: object, rate: float, *, epochs: float) -> object:
        rates.append(rate)
        return step(window, state, rate, epochs=epochs)

    updater.step = note_rate
    fit(updater, make_material(), seconds=None, on_progress=ignore, stop=threading.Event())
    assert 20 <= len(rates) < 30
    assert max(rates) <= updater.config.learning_rate
    assert rates[-1] < 0.1 * updater.config.learning_rate


def test_the_start_has_a_held_out_figure_and_no_training_loss():
    updater = make_updater(epochs=1, keeps_start=True)
    done = fit(updater, make_material(), seconds=None, on_progress=ignore, stop=threading.Event())
    assert "training_bits" not in done.standing.history[0]
    assert done.standing.history[-1]["training_bits"] > 0
    json.dumps(done.standing.history, allow_nan=False)


def test_a_model_that_never_had_a_figure_is_an_error():
    stop = threading.Event()
    stop.set()
    updater = make_updater()
    updater.measure = lambda windows: math.nan
    with pytest.raises(TrainingFailed, match="measured"):
        fit(updater, make_material(), seconds=None, on_progress=ignore, stop=stop)


def test_dropout_grows_with_what_has_been_read():
    updater, shares = make_updater(dropout=HEAVY, epochs=4), []

    def watch(progress: Progress) -> None:
        shares.append(float(updater.model.dropout_share.numpy()))

    fit(updater, make_material(), seconds=None, on_progress=watch, stop=threading.Event())
    assert shares == sorted(shares)
    assert shares[0] < 0.6
    assert shares[-1] == 1
