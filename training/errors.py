"""What can go wrong on the middle floor."""


class TrainingError(Exception):
    """Base of all errors of this floor; its message is one sentence for the user."""


class InvalidSampling(TrainingError):
    """A sampling option is outside its range."""


class UnwritableFolder(TrainingError):
    """A folder is full, or may not be written to."""


class DamagedArtifact(TrainingError):
    """A voice's folder is missing, incomplete, or not what was registered."""


class NothingToSay(TrainingError):
    """A voice drew nothing but white space."""


class TooLittleText(TrainingError):
    """There is less text than a voice needs."""


class TrainingFailed(TrainingError):
    """A run ended without a usable model."""


class SomebodyLeft(TrainingFailed):
    """Somebody left whose messages a run had read; it is worth another try, without them."""

    def __init__(
        self,
        message: str = "Somebody left while their messages were being learned, and nothing of "
        "that is kept: train again, without them.",
    ) -> None:
        super().__init__(message)


class RunCancelled(TrainingError):
    """Somebody cancelled the run; nothing of it speaks."""


class SetAside(TrainingError):
    """The run had to make way; its checkpoint is kept, and it goes on another time."""


class UnblendableVoices(TrainingError):
    """Voices of different base versions or tokenizers were asked for as one."""


class TrainerBusy(TrainingError):
    """Another trainer holds the lease."""


class RefusedParcel(TrainingError):
    """An exported voice cannot be taken in."""


class UnknownVoice(TrainingError):
    """No trained voice goes by that name."""
