"""The queue in an operator's hands: what is in it, why, and what can be done about it."""
