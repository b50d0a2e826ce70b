"""``python -m bench measure`` and ``python -m bench profile ROW``; ``make bench`` is the first of them."""

import sys

if __name__ == "__main__":
    # Only here: the process of each sink reads this module, too, and needs nothing of the rest.
    from bench.command import main

    main(sys.argv[1:])
