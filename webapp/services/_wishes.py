"""What a person wants of one channel by one medium: changing it, with the old and the new wish in the audit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.domain.decision import OFF, ON
from webapp.domain.medium import Medium
from webapp.models import audit, waits, wishes
from webapp.models.channel import Channel
from webapp.models.user import User
from webapp.models.wishes import Wish


@dataclass(frozen=True, slots=True)
class Copies:
    """One person's copies of one channel by one medium."""

    person: User
    stream: Channel
    medium: Medium

    def wish(self, session: Session) -> Wish:
        """The person's last wish; by default each message at once."""
        said = wishes.preferences(session, [self.person.id], [self.stream.id])
        return said.get((self.person.id, self.stream.id, self.medium.value), Wish(ON))


def keep(
    session: Session,
    copies: Copies,
    *,
    before: Wish,
    after: Wish,
    now: datetime,
    reason: str | None = None,
    ip: str | None = None,
) -> None:
    """Save the new wish. Where nothing changes, no second entry is written into the audit."""
    if before == after:
        return
    person, stream, medium = copies.person, copies.stream, copies.medium.value
    wishes.prefer(
        session,
        user_id=person.id,
        channel_id=stream.id,
        medium=medium,
        wanted=after.said != OFF,
        digest=after.digest,
    )
    if before.digest != after.digest:
        waits.decide_again_for(session, user_id=person.id, now=now)
    about = {"channel": stream.name, "medium": medium}
    audit.note(
        session,
        at=now,
        who=person.username,
        what="preference changed",
        target=f"user:{person.username}",
        before=about | _told(before),
        after=about | _told(after),
        reason=reason,
        ip=ip,
    )


def _told(wish: Wish) -> dict[str, object]:
    return {"wanted": wish.said != OFF, "digest": str(wish.digest) if wish.digest else None}
