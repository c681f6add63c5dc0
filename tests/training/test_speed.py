import pytest
import tensorflow as tf

from training.config import ModelShape
from training.speed import measure_speed

pytestmark = pytest.mark.slow
SMALL = ModelShape(vocab_size=20, embedding_size=8, hidden_size=16, author_size=4, authors=2)


def test_a_short_run_tells_how_fast_it_trained_and_on_what():
    speed = measure_speed(SMALL)
    assert speed.tokens_per_second > 0
    assert speed.kernel in {"fast bfloat16", "fast float32", "cuDNN"}
    assert speed.tensorflow == tf.__version__
    if not tf.config.list_physical_devices("GPU"):
        assert speed.devices == "CPU"
