"""Pixels to model input, and exactly back."""
