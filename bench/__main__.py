"""``python -m bench measure`` and ``python -m bench profile ROW``; ``make bench`` is the first of them."""

import sys

if __name__ == "__main__":
    # Imported only here: each sink's process imports this module, too, and needs nothing else.
    from bench.command import main

    main(sys.argv[1:])
