"""What can go wrong on the top floor.

BotError
├── InvalidSetting     an environment variable or a line of `.env`
├── Misused            the command itself: exit code 2
│   ├── InvalidTarget  a TARGET that is not in the grammar
│   └── InvalidSchedule  a time that is no line of cron
├── NobodyAgreed       an import that may store nothing
├── UnreadableFile     a file given on the command line
├── UnwritablePage     a page that cannot be written where it was asked for
├── UnreachablePort    a port that cannot be served
├── Busy               more is asked for at once than can be answered in time
├── SlackError         Slack refuses something, or does not answer
│   ├── NotInChannel   the bot is no member of a channel, or there is no such channel
│   └── InvalidCredential  a token or secret that does not do what it must
├── TrainingMissing    TensorFlow is not installed here
├── RefusedBackup      a backup that cannot be made, or not be restored
├── Uninstalled        the workspace has uninstalled the app
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


class InvalidSchedule(Misused):
    """What should say when to train is no line of cron, or a moment that never comes."""


class NobodyAgreed(BotError):
    """Nobody whose messages came in has agreed to it."""


class UnreadableFile(BotError):
    """A file given by the user cannot be read or is not what it should be."""


class UnwritablePage(BotError):
    """A page cannot be written where it was asked for."""


class UnreachablePort(BotError):
    """A port is taken, or may not be served."""


class TrainingMissing(BotError):
    """What trains is not installed on this machine."""


class Uninstalled(BotError):
    """The workspace has uninstalled the app, so that there is nothing to serve."""


class RefusedBackup(BotError):
    """A backup cannot be made like this, or not be restored here."""


class Busy(BotError):
    """More is asked for at once than can be answered in time, or the bot is being stopped."""


class SlackError(BotError):
    """Slack refuses something, or does not answer.

    `code` is Slack's own short word for why, "" where it did not answer.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotInChannel(SlackError):
    """The bot is no member of a channel, so that it can neither read nor write there."""


class InvalidCredential(SlackError):
    """A token or secret of Slack's does not do what it must."""


class NoSuchVoice(BotError):
    """A TARGET has no voice yet, or one that may not speak.

    `reference` is what was typed, for the terminal alone.
    """

    def __init__(self, message: str, *, reference: str = "") -> None:
        super().__init__(message)
        self.reference = reference
