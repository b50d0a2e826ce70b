"""What others reach with the same work: Celery on Redis, by requests and by Flask-Mail.

Runs in an environment of its own (``.venv-peers``, pinned by ``peers.lock``): ``tasks`` is what Celery's worker does,
``drive`` what queues it and waits for the end. Nothing here imports Belfry, nor the rest of the benchmark.
"""
