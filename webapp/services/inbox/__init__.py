"""The inbox: what has come for one person, and what they have read of it."""
