"""The timed jobs: their names, what each does, and the bounds of what an administrator may change about them."""

from enum import StrEnum

SHORTEST_S, LONGEST_S = 1.0, 86400.0  # seconds between two looks
LARGEST_BATCH = 10000  # deliveries that are claimed at once
LONGEST_REASON = 200  # characters


class Job(StrEnum):
    """What runs by the clock."""

    DISPATCHER = "dispatcher"
    RESENDER = "resender"
    TRUNCATION = "truncation"

    @property
    def sentence(self) -> str:
        """What it does."""
        return {
            "dispatcher": "Makes the first try of everything that is due.",
            "resender": "Tries again what failed for the time being, and frees what a dead process held.",
            "truncation": "Forgets what is older than it is kept for.",
        }[self.value]

    @property
    def when_paused(self) -> str:
        """What follows from pausing it."""
        return {
            "dispatcher": "No first try is made anywhere. What is posted waits, and still reaches every inbox.",
            "resender": "Nothing is tried again anywhere. What a dead process held is freed all the same.",
            "truncation": "Nothing is forgotten.",
        }[self.value]

    @property
    def sends(self) -> bool:
        """Whether it makes tries, and so has an interval and a batch; the other job runs once a night."""
        return self is not Job.TRUNCATION
