"""What far sides report later of envelopes that they took: whether it is genuine, and what becomes of the
deliveries."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.database import reading, writing
from webapp.delivery.accounts import build
from webapp.domain import signals
from webapp.domain.delivery_state import DeliveryState as S
from webapp.domain.ids import is_id
from webapp.domain.later_word import Forged, LaterWord
from webapp.domain.refusal import Missing
from webapp.extensions import db
from webapp.models import later_word
from webapp.models import provider as providers
from webapp.models.envelope import Envelope
from webapp.models.provider import Provider as Row
from webapp.providers import Listener, Surroundings
from webapp.vault import Vault

_log = logging.getLogger(__name__)


def hear(
    *,
    envelope_id: str,
    url: str,
    form: Mapping[str, str],
    headers: Mapping[str, str],
    now: datetime,
    vault: Vault,
    surroundings: Surroundings,
) -> None:
    """Record what a request to ``url``, the address as the far side knows it, reports of an envelope.

    The same report may come several times, and even before its try has ended. Raises Missing where there is no such
    envelope, or no provider that could report on it. Raises Forged where no provider of the medium confirms the
    signature: any of them may have sent the envelope, and their accounts sign differently.
    """
    listeners = list(_listeners(_rows(envelope_id), vault, surroundings))
    if not listeners:
        raise Missing({"id": "There is nobody who would speak of such an envelope."})
    word = _vouched_for(listeners, url, form, headers)
    with writing(db.session) as session:
        later_word.keep(session, word, envelope_id=envelope_id, now=now)
        moved = later_word.obey(session, [envelope_id], now=now)
    for signal, state in ((signals.delivered, S.DELIVERED), (signals.undeliverable, S.UNDELIVERABLE)):
        if ids := moved.get(state):
            signals.tell(signal, ids=tuple(ids))


def _rows(envelope_id: str) -> Sequence[Row]:
    """The providers of the envelope's medium; none where the envelope is unknown."""
    with reading(db.session) as session:
        medium = session.scalar(select(Envelope.medium).where(Envelope.id == envelope_id)) if is_id(envelope_id) else ""
        rows = [row for row in providers.listed(session) if row.medium == medium]
        session.expunge_all()
    return rows


def _listeners(rows: Sequence[Row], vault: Vault, surroundings: Surroundings) -> Iterator[Listener]:
    for row in rows:
        made = build(
            kind=row.kind,
            name=row.name,
            settings=row.settings,
            sealed=row.secrets,
            vault=vault,
            surroundings=surroundings,
        )
        if isinstance(made, Listener):
            yield made


def _vouched_for(
    listeners: Sequence[Listener], url: str, form: Mapping[str, str], headers: Mapping[str, str]
) -> LaterWord:
    for listener in listeners:
        try:
            return listener.later_word(url, form, headers)
        except Forged:
            continue
        except Exception:  # noqa: BLE001 — a plugin's bug, brought about by whoever sends what
            _log.exception("Provider %s could not read what was said later", listener.name)
        finally:
            listener.close()
    raise Forged
