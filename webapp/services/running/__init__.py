"""Belfry itself at work: its jobs, its health, its alerts, its demo."""
