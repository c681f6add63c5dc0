"""Marked strings in every field that comes in, and a search for them in all that stays or shows."""
