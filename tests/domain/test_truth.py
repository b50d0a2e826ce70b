"""The one sentence of truth, for those who run the place: who, why, and what happens next."""

from datetime import time, timedelta

import pytest

from tests.support.sentences import MORNING, NOW, SOON, course, every_course, plain
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.digest import Digest
from webapp.domain.evidence import Evidence
from webapp.domain.medium import Medium
from webapp.domain.reason import Reason
from webapp.domain.truth import truth

REFUSED = {"trouble": Reason.CONNECT_REFUSED, "far": "mail.example"}
AUTH = {"trouble": Reason.AUTH, "far": "mail.example"}
NOT_YET, NOT = "Bo has not got this by e-mail yet:", "Bo did not get this by e-mail:"
OVER = "Nothing more happens by itself; it is in their inbox."
LATER = {"due_at": SOON}


def said(state, reason=None, **more):
    return plain(truth(course(state, reason, **more), now=NOW))


CASES = [
    (
        said(S.QUEUED),
        "Bo has not got this by e-mail yet: it is due now. It goes out with the dispatcher's next run.",
    ),
    (said(S.QUEUED, **LATER), "Bo gets this by e-mail at 14:05 (in 3 min): it is not due before then."),
    (
        said(S.QUEUED, Reason.QUIET_HOURS, due_at=NOW + timedelta(minutes=192)),
        "Bo gets this by e-mail at 17:14 (in 192 min): Bo's quiet hours are on.",
    ),
    (
        said(S.QUEUED, Reason.DIGESTED, **LATER, evidence=Evidence(digest=Digest(time(17)), zone="Europe/Berlin")),
        "Bo gets this by e-mail at 14:05 (in 3 min): Bo gets Releases as a digest daily at 17:00 (Europe/Berlin).",
    ),
    (
        said(S.QUEUED, Reason.DIGESTED, **LATER, evidence=Evidence(digest=Digest())),
        "Bo gets this by e-mail at 14:05 (in 3 min): Bo gets Releases as a digest every hour.",
    ),
    (
        said(S.QUEUED, Reason.IF_UNREAD, **LATER, evidence=Evidence(unread_for=timedelta(minutes=15))),
        (
            "Bo gets this by e-mail at 14:05 (in 3 min), if it is still unread then: "
            "Bo wants copies only of what stays unread for 15 min."
        ),
    ),
    (
        said(S.QUEUED, trouble=Reason.FORMATTER_FAILED),
        "Bo has not got this by e-mail yet: the channel's formatter raised an error. Try 1 of 4 is due now.",
    ),
    (
        said(S.SENDING, failures=1),
        (
            "Bo has not got this by e-mail yet: it is being handed over, try 2 of 4, since 14:02. "
            "What comes of it will stand here."
        ),
    ),
    (
        said(S.RETRYING, Reason.CONNECT_REFUSED, failures=2, **LATER, **REFUSED),
        (
            "Bo has not got this by e-mail yet: mail.example refused the connection, or closed it. "
            "Try 3 of 4 is at 14:05 (in 3 min)."
        ),
    ),
    (
        said(S.RETRYING, Reason.QUIET_HOURS, failures=1, **LATER, **REFUSED),
        "Bo gets this by e-mail at 14:05 (in 3 min): Bo's quiet hours are on.",
    ),
    (
        said(S.RETRYING, Reason.QUIET_HOURS, failures=1, **REFUSED),
        "Bo has not got this by e-mail yet: mail.example refused the connection, or closed it. Try 2 of 4 is due now.",
    ),
    (
        said(S.RETRYING),
        "Bo has not got this by e-mail yet: its turn has not come. Try 1 of 4 is due now.",
    ),
    (
        said(S.HELD, Reason.SUBSCRIBER_OFF),
        f"{NOT_YET} Bo is switched off. It goes out by itself when it is switched on again.",
    ),
    (
        said(S.HELD, Reason.SUBSCRIBER_OFF, evidence=Evidence(off="gone", off_since=SOON)),
        (
            f"{NOT_YET} Bo has been switched off since 14:05, when its endpoint said that it is gone. "
            "It goes out by itself when it is switched on again."
        ),
    ),
    (
        said(S.HELD, Reason.NO_PROVIDER),
        f"{NOT_YET} no provider is active for e-mail. It goes out by itself when one is activated.",
    ),
    (
        said(S.HELD, Reason.PROVIDER_PAUSED, **AUTH),
        (
            "Bo has not got this by e-mail yet: mail.example refused the sign-in. "
            "It goes out by itself when the provider works again."
        ),
    ),
    (
        said(S.HELD, Reason.RATE_LIMITED, evidence=Evidence(provider="main", until=SOON)),
        (
            "Bo has not got this by e-mail yet: main is to be left alone until 14:05. "
            "It goes out by itself when that time is over."
        ),
    ),
    (
        said(S.HELD, Reason.AMBIGUOUS_FORMATTER, evidence=Evidence(formatters="digest, plain")),
        (
            f"{NOT_YET} more than one formatter fits Releases (digest, plain), and none is named. "
            "It goes out by itself when the channel names one."
        ),
    ),
    (
        said(S.SENT, provider="smtp-main"),
        (
            "This was handed over for Bo by e-mail at 14:02, to smtp-main. "
            "Nothing more happens by itself; only the far side knows whether it reached Bo."
        ),
    ),
    (
        said(S.SENT, provider="smtp-main", failures=2),
        (
            "This was handed over for Bo by e-mail at 14:02, to smtp-main, at try 3 of 4. "
            "Nothing more happens by itself; only the far side knows whether it reached Bo."
        ),
    ),
    (said(S.DELIVERED), "Bo got this by e-mail: olaf confirmed it at 14:02. Nothing more is to be done."),
    (
        said(S.DELIVERED, told_later=True, far="twilio", medium=Medium.SMS),
        "Bo got this by SMS: twilio confirmed it at 14:02. Nothing more is to be done.",
    ),
    (
        said(S.UNDELIVERABLE, Reason.RECIPIENT_REFUSED, told_later=True, far="twilio"),
        (
            "Bo did not get this by e-mail: it was handed over, but then twilio says that it cannot deliver to this "
            f"address, at 14:02. {OVER}"
        ),
    ),
    (
        said(S.UNDELIVERABLE, Reason.EXHAUSTED, failures=4, **REFUSED),
        (
            "Bo did not get this by e-mail: it was given up after try 4, when mail.example refused the connection, or "
            f"closed it. {OVER}"
        ),
    ),
    (
        said(S.UNKNOWN, Reason.TIMEOUT_AFTER_DATA, trouble=Reason.TIMEOUT_AFTER_DATA, far="mail.example"),
        (
            "Bo may have got this by e-mail: mail.example had the whole message, but did not confirm it. "
            "A person has to find out, and to say so here."
        ),
    ),
    (said(S.CANCELLED, Reason.CANCELLED_BY_PERSON), f"{NOT} olaf cancelled it at 14:02. {OVER}"),
    (
        said(S.CANCELLED, Reason.CANCELLED_BY_PERSON, upcoming=True),
        (
            "Bo did not get this by e-mail: olaf cancelled it at 14:02. "
            "Nothing more happens by itself; it appears in their inbox at its time."
        ),
    ),
    (
        said(S.CANCELLED, Reason.EXPIRED, expires_at=MORNING),
        f"Bo did not get this by e-mail: it expired at 07:00, before it could be sent. {OVER}",
    ),
    (
        said(S.CANCELLED, Reason.EXPIRED, evidence=Evidence(instead_of=Reason.QUIET_HOURS)),
        "Bo did not get this by e-mail: Bo's quiet hours are on, and it expires before that is over, at 07:00. " + OVER,
    ),
    (
        said(S.CANCELLED, Reason.EXPIRED, **AUTH),
        "Bo did not get this by e-mail: it expired at 07:00, and at the last try mail.example refused the sign-in. "
        + OVER,
    ),
    (said(S.FILTERED, Reason.PREF_OFF), f"Bo did not get this by e-mail: Bo turned e-mail off for Releases. {OVER}"),
    (
        said(S.FILTERED, Reason.MUTED, evidence=Evidence(muted="sender", until=MORNING)),
        f"Bo did not get this by e-mail: Bo muted Edith until 07:00. {OVER}",
    ),
    (
        said(S.FILTERED, Reason.MUTED, evidence=Evidence(muted="channel")),
        f"Bo did not get this by e-mail: Bo muted Releases. {OVER}",
    ),
    (
        said(S.FILTERED, Reason.ALREADY_READ, evidence=Evidence(read_at=NOW)),
        f"Bo did not get this by e-mail: Bo had read it in the inbox at 14:02. {OVER}",
    ),
    (
        said(S.FILTERED, Reason.NO_ADDRESS),
        f"Bo did not get this by e-mail: Bo's account has no address for e-mail. {OVER}",
    ),
    (
        said(S.FOLDED, Reason.FOLDED),
        f"Bo did not get this by e-mail: the formatter of Releases put other news in its place. {OVER}",
    ),
]


@pytest.mark.parametrize(("sentence", "expected"), CASES)
def test_each_state(sentence, expected):
    assert sentence == expected


NEXT = (
    "Nothing more", "It goes out", "Try ", "gets this by e-mail at", "A person has to", "What comes of it",
)  # fmt: skip


def test_whatever_is_so_it_names_the_recipient_and_says_what_happens_next():
    for it in every_course():
        sentence = plain(truth(it, now=NOW))
        assert "Bo" in sentence
        assert any(words in sentence for words in NEXT), sentence
        assert 1 <= len(sentence.split(". ")) <= 2, sentence
        assert sentence.endswith(".")
        assert not sentence.endswith("..")
        assert ": ." not in sentence
        assert not [code for code in Reason if code in sentence], sentence
