"""Tables and experiments: predictions against references."""
