"""The callback check: the endpoint must refuse a stranger's request, with 401 or 403, and accept Belfry's.

A stranger has no credentials. Where the endpoint asks for none, only the signature tells Belfry from others: the
stranger then signs with another key.
"""

from collections.abc import Iterator
from dataclasses import replace

from webapp.domain.callback_check import LONGEST_S, Step
from webapp.domain.envelope import Envelope, Failure, Transcript
from webapp.providers._answers import words_of
from webapp.providers._credentials import Credentials
from webapp.providers._signing import make_key
from webapp.providers._transport import Answer, Transport
from webapp.providers.webhook._account import Account
from webapp.providers.webhook._request import signed

_REFUSED = (401, 403)


def steps(
    stranger: Envelope, own: Envelope, account: Account, transport: Transport, transcript: Transcript
) -> Iterator[Step]:
    """Send both probes, each with the account's timeout but at most half of LONGEST_S. Stops after the first probe that
    gets no answer."""
    probes = (
        (_strangers_way(account.credentials), stranger, _strangers(account.credentials), _strangers_answer),
        ("As Belfry sends", own, account.credentials, _own_answer),
    )
    for asked, envelope, credentials, judged in probes:
        as_asked = replace(account, credentials=credentials, timeout=min(account.timeout, LONGEST_S / 2))
        try:
            answer = transport.ask(signed(envelope, as_asked, transcript.started_at), transcript)
        except Failure as failure:
            yield Step(asked, None, failure.reply, failure.reason.words.for_operator, ok=False)
            return
        ok, meaning = judged(answer, account)
        yield Step(asked, answer.status, words_of(answer, account.mask), meaning, ok)


def _strangers(own: Credentials) -> Credentials:
    return replace(own, auth="none") if own.signs_in else replace(own, keys=(make_key(),))


def _strangers_way(own: Credentials) -> str:
    return "Without credentials" if own.signs_in else "With a forged signature"


def _strangers_answer(answer: Answer, account: Account) -> tuple[bool, str]:
    if answer.status in _REFUSED:
        return True, "Refused, as it should be."
    if answer.status // 100 != 2:
        return False, "It was not taken, but only 401 or 403 says that this was for want of a proof."
    if account.credentials.signs_in:
        return False, "Taken: whoever asks without the credentials is let in."
    return False, "Taken: the signature is not verified, so that anybody could post there."


def _own_answer(answer: Answer, account: Account) -> tuple[bool, str]:
    if answer.status // 100 == 2:
        return True, "Taken, as it should be."
    if answer.status not in _REFUSED:
        return False, "Not taken: only an answer of 2xx says that it was."
    if account.credentials.signs_in:
        return False, "Refused: are these the credentials that the endpoint knows, and has it the signing key?"
    return False, "Refused: has the endpoint the signing key?"
