"""The same work done by others: Celery on Redis, with requests and Flask-Mail.

Runs in an environment of its own (``.venv-peers``, pinned by ``peers.lock``): ``tasks`` is what Celery's worker does,
``drive`` queues it and waits for the end. Nothing here imports Belfry or the rest of the benchmark.
"""
