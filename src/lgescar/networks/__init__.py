"""Torch modules (train extra). Using lgescar never imports this room."""
