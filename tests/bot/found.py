"""One finding of each kind, as an evaluation of two people's voices would have them."""

from training.bundles import Estimate
from training.copies import CopyRates
from training.evaluation import FIGURES, EvaluationRow
from training.imitation import ImitationFigures, ImitationReport
from training.leaks import Leaks
from training.matrix import Matrix, Recognition
from training.recognition import AttributionFigures
from training.replies import Replies
from training.scarcity import ScarceFigures
from training.testing import Learning

BITS = dict.fromkeys(FIGURES, 2.0)
ADA = EvaluationRow("@ada", "test", messages=10, bytes=100, placeholder_share=0.1, **BITS)
BRAM = EvaluationRow(
    "@bram", "test", messages=30, bytes=300, placeholder_share=0.0, **{**BITS, "base": 3.0}
)
BASE_LEARNING = Learning(
    "base",
    [
        {"step": 10, "tokens": 1_000.0, "bits_per_byte": 3.125, "training_bits": 3.375},
        {"step": 20, "tokens": 2_000.0, "bits_per_byte": 2.5, "training_bits": 2.25},
        {"step": 30, "tokens": 3_000.0, "bits_per_byte": 2.75, "training_bits": 1.875},
    ],
)
MATRIX = Matrix(
    voices=("@ada", "@bram"),
    messages=(10, 30),
    bits_per_byte=((2.0, 2.5), (2.25, 1.75)),
    recognition=(Recognition(1, 0.75, 0.5), Recognition(10, 1.0, 0.5)),
)
ATTRIBUTION = AttributionFigures(
    attributor="linear",
    authors=("@ada", "@bram"),
    singles=Estimate(0.5, 0.25, 0.75),
    tens=Estimate(0.75, 0.5, 1.0),
    fifties=Estimate(1.0, 1.0, 1.0),
    confusion=((5, 7), (13, 17)),
)
_REAL = ImitationFigures(
    kind="real",
    messages=40,
    singles=Estimate(0.625, 0.5, 0.75),
    tens=Estimate(0.875, 0.75, 1.0),
    detected=None,
    copies=CopyRates(exact=0.0, near=0.021, alike=0.012, overlap=0.343),
    distinct_2=0.812,
    length_distance=0.064,
    emoji_distance=0.017,
    wordy_share=0.564,
    new_word_share=0.145,
)
_RANKED = ImitationFigures(
    kind="ranked",
    messages=38,
    singles=Estimate(0.575, 0.45, 0.7),
    tens=Estimate(0.925, 0.8, 1.0),
    detected=Estimate(0.655, 0.6, 0.71),
    copies=CopyRates(exact=0.003, near=0.024, alike=0.015, overlap=0.367),
    distinct_2=0.797,
    length_distance=0.082,
    emoji_distance=0.026,
    wordy_share=0.538,
    new_word_share=0.042,
)
IMITATION = ImitationReport(
    rows=(_REAL, _RANKED),
    messages={"@ada": ["quinces for <user>\nand pears"], "@bram": ["an owl, <b>maybe</b>"]},
)
FINDINGS = [
    BASE_LEARNING,
    ADA,
    Learning("@bram", [{"step": 20, "tokens": 500.0, "bits_per_byte": 2.25}]),
    BRAM,
    MATRIX,
    Replies(cases=20, choices=10, first=0.25, first_by_gain=0.5),
    ATTRIBUTION,
    IMITATION,
    Leaks(planted=100, copies=5, draws=20, found=60, found_guarded=0, found_refused=1),
    ScarceFigures(people=3, messages=100, voices=3, **BITS),
]
