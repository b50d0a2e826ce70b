"""What Belfry achieves on this machine, compared with its targets: ``make bench``.

``targets`` is the table of targets. ``rows`` holds the measurements. ``rounds`` runs every row once, then every row
again, so that a slow phase of the machine affects all of them. ``report`` prints the results and writes them into
docs/performance.md, which explains how to read them.
"""
