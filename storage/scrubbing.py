"""`python -m storage.scrubbing`: scrubs texts for an import, which is another process.

Each line that comes in is an object in JSON. `names` are what members go by from now on; `texts`
are answered with a line of their own: the texts as they are stored. What goes wrong is told as
`error`, by its kind and place alone: the rest might quote a message.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
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


def _tell(error: Exception) -> bytes:
    place = traceback.extract_tb(error.__traceback__)[-1]
    cause = f"{type(error).__name__}, {Path(place.filename).stem} {place.lineno}"
    return json.dumps({"error": cause}).encode() + b"\n"


if __name__ == "__main__":
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    try:
        answer_all(sys.stdin.buffer, replies)
    except Exception as broken:  # noqa: BLE001  whatever it is, the import has to be told
        replies.write(_tell(broken))
        replies.flush()
