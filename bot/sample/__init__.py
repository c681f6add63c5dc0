"""The bundled sample workspace: an invented team whose year of chat anybody may import."""

from bot.sample.workspace import write_sample_workspace

__all__ = ["write_sample_workspace"]
