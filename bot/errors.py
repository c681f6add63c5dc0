"""What can go wrong on the top floor.

BotError
├── InvalidSetting     an environment variable or a line of `.env`
├── Misused            the command itself: exit code 2
│   └── InvalidTarget  a TARGET that is not in the grammar
├── NobodyAgreed       an import that may store nothing
├── UnreadableFile     a file given on the command line
└── NoSuchVoice        a TARGET without a voice that may speak
"""


class BotError(Exception):
    """Base of all errors of this floor; its message is one sentence for the user."""


class InvalidSetting(BotError):
    """A setting is missing or has a value it cannot have."""


class Misused(BotError):
    """A command was given something that it never takes."""


class InvalidTarget(Misused):
    """A TARGET is not in the grammar."""


class NobodyAgreed(BotError):
    """Nobody whose messages came in has agreed to it."""


class UnreadableFile(BotError):
    """A file given by the user cannot be read or is not what it should be."""


class NoSuchVoice(BotError):
    """A TARGET has no voice yet, or one that may not speak.

    `reference` is what was typed, for the terminal alone.
    """

    def __init__(self, message: str, *, reference: str = "") -> None:
        super().__init__(message)
        self.reference = reference
