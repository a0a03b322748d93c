"""Loops that teach the networks (train extra)."""
