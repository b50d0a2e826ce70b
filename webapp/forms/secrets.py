"""What is typed and then in no page again, by the names of its fields; the secrets of plugins are told by their
Fields."""

TYPED = frozenset({"password", "current", "new", "again", "code", "recovery"})
