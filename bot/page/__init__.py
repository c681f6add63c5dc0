"""The page of an evaluation: one file that needs nothing else, for a phone, a screen or paper."""
