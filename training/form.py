"""How messages stand in a voice's stream: between two tokens, or in a raw stream up to a string."""

from collections.abc import Sequence

from training.tokenizer import Tokenizer


class Form:
    """Where messages begin and end.

    Args:
        tokenizer: Its begin and end tokens stand around messages; without them the stream is raw.
        stop: Ends a message of a raw stream; None where nothing does.
    """

    def __init__(self, tokenizer: Tokenizer, stop: str | None) -> None:
        self._tokenizer = tokenizer
        self.begin_id, self.end_id = tokenizer.begin_id, tokenizer.end_id
        self.never_sampled = tokenizer.never_sampled()
        self._stop = stop or ""
        self.separator = self._stop if self.end_id is None else "\n"

    def open(self, prompt: str) -> tuple[list[int], list[int]]:
        """Return what is read before a message, and the tokens that the message begins with."""
        if self._tokenizer.level != "char":
            prompt = prompt.rstrip(" ")  # the space belongs to the next word
        ids = self._tokenizer.encode(prompt)
        if self.begin_id is not None:
            return [self.begin_id], ids
        return [] if ids else self._tokenizer.encode("\n"), ids

    def frame(self, text: str) -> tuple[list[int], list[int]]:
        """Return what is read before a whole message, and its tokens with its end."""
        if self.begin_id is None or self.end_id is None:
            return self._tokenizer.encode("\n"), self._tokenizer.encode(text + "\n")
        return [self.begin_id], [*self._tokenizer.encode(text), self.end_id]

    def is_ended(self, message: Sequence[int]) -> bool:
        """Tell whether a message's last token ends it; in a raw stream a blank one goes on."""
        if self.end_id is not None:
            return message[-1] == self.end_id
        if not self._stop or self._stop[-1] not in self._tokenizer.decode(message[-1:]):
            return False
        return self._stop in self._tokenizer.decode(message).lstrip()

    def ends_word(self, message: Sequence[int], token: int) -> bool:
        """Tell whether the last word of a message ends before this token."""
        if token == self.end_id or self._tokenizer.decode([token])[:1].isspace():
            return True
        return self._tokenizer.decode(message[-1:])[-1:].isspace()

    def find_sign(self, sign: str) -> int | None:
        """Return the token that adds just this sign to a word; None where there is none."""
        token = self._tokenizer.encode(f"a{sign}")[-1]
        return token if self._tokenizer.decode([token]) == sign else None

    def write(self, message: Sequence[int]) -> str:
        """Return the text of a message without its end."""
        text = self._tokenizer.decode(message)
        return text if self.end_id is not None else text.removesuffix(self._stop).strip("\n")
