"""Outlines a study: finds its heart, outlines its tissues, and the scar that a prompt means."""
