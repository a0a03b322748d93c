"""Interactive reading: a session is a list of events, and what is on screen is their replay."""
