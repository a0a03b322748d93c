"""How right a mask is, and how well two readings agree."""
