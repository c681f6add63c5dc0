"""Measures what Mimic promises, and writes the figures down: `make benchmark`."""
