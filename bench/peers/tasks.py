"""The tasks of the Celery worker: post one notification, or send one mail.

Set up as Celery's documentation advises for work that must not be lost: acknowledged once done (``acks_late``), results
recorded. Connections are kept where the library can: ``requests`` by a Session; Flask-Mail opens one for each mail.
"""

# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUntypedFunctionDecorator=false
import os
from functools import cache
from typing import Any

import requests
from celery import Celery
from flask import Flask
from flask_mail import Mail, Message

WARM_UP, WORK = "warm-up", "work"

_REDIS = os.environ["PEERS_REDIS"]
app = Celery("peers", broker=f"{_REDIS}/0", backend=f"{_REDIS}/1")  # results apart, so that they can be counted
app.conf.update(
    task_acks_late=True,
    task_ignore_result=False,
    task_default_queue=WARM_UP,
    worker_pool="prefork",
    worker_concurrency=2,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@app.task
def post(url: str, body: str) -> int:
    """Returns the status of the answer."""
    answer = _session().post(url, data=body.encode(), headers={"Content-Type": "application/json"}, timeout=10)
    answer.raise_for_status()
    return answer.status_code


@app.task
def mail(port: int, to: str, subject: str, text: str, html: str) -> str:
    """Returns the recipient."""
    flask, sender = _flask(port)
    with flask.app_context():
        sender.send(Message(subject, recipients=[to], body=text, html=html, sender="belfry@example.com"))
    return to


@cache
def _session() -> requests.Session:
    return requests.Session()


@cache
def _flask(port: int) -> tuple[Flask, Any]:
    flask = Flask("peers")
    flask.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
    return flask, Mail(flask)
