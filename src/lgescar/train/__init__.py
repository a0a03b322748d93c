"""Training of the networks (train extra)."""
