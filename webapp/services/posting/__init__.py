"""Posting: the channels there are, what is posted on them, and what its sender sees of it."""
