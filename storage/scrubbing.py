"""`python -m storage.scrubbing`: scrubs texts for an import, which is another process.

Each line that comes in is an object in JSON. `names` are what members go by from now on; `texts`
are answered with a line of their own: the texts as they are stored.
"""

import json
import sys
from collections.abc import Iterable
from typing import BinaryIO

from storage.anonymization import Scrubber


def answer_all(questions: Iterable[bytes], answers: BinaryIO) -> None:
    """Answer one line after the other, until there is none."""
    scrubber = Scrubber(())
    for line in questions:
        question = json.loads(line)
        if "names" in question:
            scrubber = Scrubber(question["names"])
        scrubbed = [scrubber.scrub(text).text for text in question.get("texts", ())]
        answers.write(json.dumps(scrubbed).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    answer_all(sys.stdin.buffer, sys.stdout.buffer)
