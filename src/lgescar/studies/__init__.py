"""The papers' experiments, each by one command: what is varied, who is asked, what came out."""
