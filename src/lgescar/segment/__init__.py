"""Pixel by pixel: networks and threshold rules behind one role."""
