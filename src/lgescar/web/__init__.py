"""The reader over HTTP: nothing is decided here, ``reader/`` does the work."""
