"""What Belfry reaches on this machine, beside what it is to reach: ``make bench``.

``targets`` is the table of what is to be reached, ``rows`` what is measured for it, ``rounds`` how: every row once,
then every row again, so that a machine that is slow for a while is so for all of them. ``report`` prints what came of
it and writes it into docs/performance.md, which says how to read it.
"""
