"""Providers: set up, tried out, switched on and off, and looked at."""
