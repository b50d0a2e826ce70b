"""Subscribers: set up, checked, switched on and off, and looked at."""
