"""The audit: whether what the database says of the queue fits together."""
