import re
from pathlib import Path

import pytest

from bot.diagnosis import diagnose
from bot.settings import Settings

pytestmark = pytest.mark.slow


def test_the_doctor_says_by_which_kernel_and_how_fast_this_machine_trains(tmp_path: Path):
    settings = Settings(mimic_home=tmp_path)
    findings = {found.subject: found for found in diagnose(settings, is_training=True)}
    assert findings["TensorFlow"].is_ok
    pattern = r'on the .+ by the kernel "(fast bfloat16|fast float32|cuDNN)": [\d,]+ tokens/s'
    assert re.search(pattern, findings["TensorFlow"].detail)
