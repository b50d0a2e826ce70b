"""Channels: the named streams that people post on, and how each travels."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError, NoResultFound

from webapp.database import writing
from webapp.domain.medium import FOR_PEOPLE
from webapp.domain.posters import may_post
from webapp.domain.refusal import Missing, Refused, refuse_if
from webapp.domain.retry_policy import DEFAULT_FOR_PEOPLE
from webapp.domain.role import Role
from webapp.domain.text import problem_in_line
from webapp.extensions import db
from webapp.models import audit
from webapp.models import channel as channels
from webapp.services._changes import changed_meanwhile

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
LONGEST_NAME, LONGEST_TITLE, LONGEST_DESCRIPTION = 50, 100, 500


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as it is shown; ``media`` in the order in which they are used. An empty one means: inbox only."""

    id: int
    name: str
    title: str
    description: str
    media: tuple[str, ...]
    immediate: bool
    version: int


def listed() -> list[ChannelView]:
    """Every channel in the order of the names."""
    return [_view(channel) for channel in channels.listed(db.session)]


def open_to(*, username: str, role: Role) -> list[ChannelView]:
    """The channels that this person may post on, in the order of the names."""
    return [
        _view(channel)
        for channel in channels.listed(db.session)
        if may_post(channel.posters, username=username, role=role)
    ]


def get(*, name: str) -> ChannelView:
    """One channel. Raises Missing."""
    if (channel := channels.named(db.session, name)) is None:
        raise Missing({"channel": f"There is no channel named “{name[:LONGEST_NAME]}”."})
    return _view(channel)


def add(
    *,
    name: str,
    title: str,
    description: str = "",
    media: Sequence[str] = ("email",),
    immediate: bool = False,
    policy: str = DEFAULT_FOR_PEOPLE,
    by: str,
    now: datetime,
) -> ChannelView:
    """Make a channel under the retry policy of that name; its own name stays for ever.

    Raises Refused, also where the name is taken, or there is no such policy.
    """
    options = _options(title=title, description=description, media=media, immediate=immediate)
    refuse_if({"name": _problem_in_name(name), **_problems(options)})
    try:
        with writing(db.session) as session:
            view = _view(channels.add(session, name=name, policy=policy, **options))
            audit.note(session, at=now, who=by, what="channel added", target=_target(name), after=_told(view))
    except IntegrityError:
        raise Refused({"name": f"There is a channel named “{name}” already."}) from None
    except NoResultFound:
        raise Refused({"policy": f"There is no retry policy named “{policy[:50]}”."}) from None
    return view


def edit(
    *,
    name: str,
    version: int,
    title: str,
    description: str,
    media: Sequence[str],
    immediate: bool,
    by: str,
    now: datetime,
) -> ChannelView:
    """Change a channel that was seen at ``version``. Raises Refused, Missing, and Conflict where it changed since."""
    options = _options(title=title, description=description, media=media, immediate=immediate)
    refuse_if(_problems(options))
    before = get(name=name)
    with writing(db.session) as session:
        if changed := channels.change(session, name=name, version=version, **options):
            after = _view(changed)
            was, became = _told(before), _told(after)
            audit.note(session, at=now, who=by, what="channel changed", target=_target(name), before=was, after=became)
            return after
    raise changed_meanwhile(_target(name), "channel changed")


def _options(*, title: str, description: str, media: Sequence[str], immediate: bool) -> dict[str, Any]:
    return {
        "title": title.strip(),
        "description": description.strip(),
        "media": tuple(media),
        "immediate": immediate,
    }


def _problems(options: dict[str, Any]) -> dict[str, str | None]:
    title, description = options["title"], options["description"]
    return {
        "title": problem_in_line(title, longest=LONGEST_TITLE),
        "description": problem_in_line(description, longest=LONGEST_DESCRIPTION) if description else None,
        "media": _problem_in_media(options["media"]),
    }


def _problem_in_name(name: str) -> str | None:
    if len(name) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please: this has {len(name)}."
    if not _NAME.fullmatch(name):
        return "Write it as team.topic: small letters, digits, “-” and “_”, with a dot between the parts."
    return None


def _problem_in_media(media: Sequence[str]) -> str | None:
    if unknown := [medium for medium in media if medium not in FOR_PEOPLE]:
        return f"“{unknown[0][:20]}” is no medium for people: choose out of {', '.join(FOR_PEOPLE)}."
    return "Name each medium once." if len(set(media)) < len(media) else None


def _target(name: str) -> str:
    return f"channel:{name}"


def _told(view: ChannelView) -> dict[str, Any]:
    told = asdict(view)
    return {field: told[field] for field in ("title", "description", "media", "immediate")}


def _view(channel: channels.Channel) -> ChannelView:
    return ChannelView(
        id=channel.id,
        name=channel.name,
        title=channel.title,
        description=channel.description,
        media=tuple(row.medium for row in channel.media),
        immediate=channel.immediate,
        version=channel.version,
    )
