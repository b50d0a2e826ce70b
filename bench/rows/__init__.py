"""The measurements, one module per subject. Rows are independent; the targets combine their figures.

A row is opened once, which may take a while, and yields the function that measures one round.
"""

from collections.abc import Mapping

from bench.bench import Row
from bench.rows import (
    api,
    beside,
    celery,
    curl,
    far_sides,
    http,
    idle,
    lists,
    mail,
    pages,
    posts,
    readers,
    wake_up,
    webhooks,
)

ROWS: Mapping[str, Row] = {
    "sqlite": http.on_sqlite,
    "postgres": http.on_postgres,
    "curl": curl.replayed,
    "far few": far_sides.few,
    "far many": far_sides.many,
    "mail": mail.on_sqlite,
    "posts": posts.single_and_wide,
    "wake one": wake_up.one_process,
    "wake two": wake_up.two_processes,
    "lists": lists.small_and_large,
    "readers": readers.beside_the_dispatcher,
    "pages": pages.inbox,
    "beside": beside.saturated,
    "idle": idle.at_rest,
    "api": api.posts,
    "webhooks": webhooks.on_sqlite,
    "celery": celery.http,
    "celery mail": celery.mail,
}
