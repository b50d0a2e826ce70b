"""What a broken HTTP exchange means: the one table from (stage, libcurl's error) to a failure.

A message "may have arrived" only once the last byte of its request had left: before that, nobody can have taken it.
"""

import os
from enum import StrEnum

import pycurl

from webapp.domain.envelope import Certainty, ConfigurationFailure, Failure, TemporaryFailure
from webapp.domain.reason import Reason


class Stage(StrEnum):
    """How far an exchange got; also the names of a transcript's phases. ANSWER: the request has left whole."""

    CONNECT = "connect"
    TLS = "TLS"
    REQUEST = "request"
    ANSWER = "answer"


_ANY = frozenset[int]()
_LATE = frozenset({pycurl.E_OPERATION_TIMEDOUT})
_UNTRUSTED = frozenset({pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_ISSUER_ERROR})
_UNREADABLE = frozenset({pycurl.E_SSL_CACERT_BADFILE})
_NOT_HTTP = frozenset({pycurl.E_UNSUPPORTED_PROTOCOL})
_S, _T, _C = Stage, TemporaryFailure, ConfigurationFailure
_HUNG_UP = "The far side closed the connection before the request had left."

# The first row that fits decides. ``{words}`` are libcurl's, ``{system}`` the operating system's.
_TABLE: tuple[tuple[Stage, frozenset[int], type[Failure], Reason, str], ...] = (
    (_S.CONNECT, _LATE, _T, Reason.CONNECT_TIMEOUT, "The far side did not answer in time."),
    (_S.CONNECT, _ANY, _T, Reason.CONNECT_REFUSED, "No connection could be made: {system}."),
    (_S.TLS, _UNTRUSTED, _C, Reason.TLS, "The far side's certificate was refused: {words}"),
    (_S.TLS, _UNREADABLE, _C, Reason.TLS, "The trusted certificates could not be read: {words}"),
    (_S.TLS, _LATE, _T, Reason.TIMEOUT_BEFORE_DATA, "No encrypted connection was made in time."),
    (_S.TLS, _ANY, _T, Reason.TLS, "No encrypted connection could be made: {words}"),
    (_S.REQUEST, _LATE, _T, Reason.TIMEOUT_BEFORE_DATA, "The far side did not take the request in time."),
    (_S.REQUEST, _ANY, _T, Reason.CONNECT_REFUSED, _HUNG_UP),
    (_S.ANSWER, _LATE, _T, Reason.TIMEOUT_AFTER_DATA, "The request was sent, and no answer came in time."),
    (_S.ANSWER, _NOT_HTTP, _T, Reason.TIMEOUT_AFTER_DATA, "The request was sent, and the answer was not HTTP."),
    (_S.ANSWER, _ANY, _T, Reason.TIMEOUT_AFTER_DATA, "The request was sent, and the far side hung up unanswered."),
)


# Errors that Belfry detects itself, as libcurl's codes. A ``pycurl.error`` brings its own code.
_CODES = {
    TimeoutError: pycurl.E_OPERATION_TIMEDOUT,
    EOFError: pycurl.E_GOT_NOTHING,
    ValueError: pycurl.E_UNSUPPORTED_PROTOCOL,
}


def fault(stage: Stage, error: Exception, errno: int = 0) -> Failure:
    """The failure that ``error`` means in an exchange that got as far as ``stage``."""
    code, words = (*error.args, "")[:2] if isinstance(error, pycurl.error) else (_CODES[type(error)], "")
    kind, reason, said = next(row[2:] for row in _TABLE if row[0] is stage and (code in row[1] or not row[1]))
    arrived = Certainty.MAY_HAVE_ARRIVED if reason is Reason.TIMEOUT_AFTER_DATA else Certainty.NOT_SENT
    return kind(reason, said.format(words=words, system=os.strerror(errno) if errno else words), certainty=arrived)
