"""The papers' experiments, each by one command: what varies, on which patients, what came out."""
