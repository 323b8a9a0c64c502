"""Measurements, made anew by `make bench`; README.md keeps the figures with the day and the machine."""
