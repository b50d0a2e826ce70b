"""What people fill in, checked before a service sees it."""
