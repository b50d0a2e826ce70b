"""Preferences: what people want sent of what comes to their inbox, when, and what they would get."""
