"""Where to look: the heart on a study, boxes on a slice."""
