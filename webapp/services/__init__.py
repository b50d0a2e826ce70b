"""Use cases: keyword arguments and the time come in, frozen values go out, and each commits what it changed."""
