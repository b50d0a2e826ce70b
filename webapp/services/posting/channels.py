"""Channels: the named streams that people post on, and how each travels."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from webapp.database import writing
from webapp.delivery import ambiguity
from webapp.domain.channel_options import ChannelOptions
from webapp.domain.posters import may_post, split
from webapp.domain.refusal import Missing, Refused, refuse_if
from webapp.domain.retry_policy import RetryPolicy
from webapp.domain.role import Role
from webapp.domain.subscription_filter import strangers
from webapp.domain.username import may_be_username
from webapp.domain.wording import Sentence
from webapp.extensions import db
from webapp.formatters import candidates, formatters
from webapp.models import audit, waits
from webapp.models import channel as channels
from webapp.models import policy as policies
from webapp.models import subscriber as subscribers
from webapp.models import user as users
from webapp.models.roles import Signed
from webapp.retries._preview import preview, summary
from webapp.services._changes import changed_meanwhile
from webapp.services.posting.policies import ANY_TYPE

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
LONGEST_NAME = 50  # characters
_NAMED = 3  # subscribers in one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView(ChannelOptions):
    """A channel as it is shown: its options, its name and its version."""

    id: int
    name: str
    version: int
    retry_policy: RetryPolicy

    @property
    def retries(self) -> Sentence:
        """How often what failed is tried again, and over what time."""
        return summary(preview(self.retry_policy, ANY_TYPE))

    @property
    def formatters(self) -> tuple[str, ...]:
        """The formatters that could lay it out; with more than one, nothing is sent until an administrator chooses."""
        return candidates(self.name, self.formatter)

    @property
    def ambiguous(self) -> bool:
        """Whether the choice of its formatter is ambiguous."""
        return len(self.formatters) > 1


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices for a channel: formatters with their labels, and retry policies, each as a sentence."""

    formatters: Mapping[str, str]
    policies: Mapping[str, Sentence]


def listed() -> list[ChannelView]:
    """Every channel in the order of the names."""
    return [view(channel) for channel in channels.listed(db.session)]


def open_to(*, username: str, role: Role) -> list[ChannelView]:
    """The channels that this person may post on, in the order of the names."""
    return [view for view in listed() if may_post(view.posters, username=username, role=role)]


def get(*, name: str) -> ChannelView:
    """One channel. Raises Missing."""
    if (channel := channels.named(db.session, name)) is None:
        raise Missing({"channel": f"There is no channel named “{name[:LONGEST_NAME]}”."})
    return view(channel)


def choices() -> Choices:
    """The choices for a channel."""
    return Choices(
        formatters={name: one.label for name, one in formatters().items()},
        policies={row.name: summary(preview(row.as_word(), ANY_TYPE)) for row in policies.listed(db.session)},
    )


def add(*, name: str, options: ChannelOptions, by: str, now: datetime) -> ChannelView:
    """Make a channel; its name cannot be changed later.

    Raises Refused, also where the name is taken, or the options name something that does not exist.
    """
    options = tidy(options)
    refuse_if(problems(name=name, options=options))
    try:
        with writing(db.session) as session:
            return write_new(session, name=name, options=options, signed=Signed(by, now))
    except IntegrityError:
        raise Refused({"name": _taken(name)}) from None
    except NoResultFound:
        raise _no_policy(options.policy) from None


def edit(*, name: str, version: int, options: ChannelOptions, by: str, now: datetime) -> ChannelView:
    """Change the channel that was seen at ``version``. Deliveries held because its formatter was ambiguous return to
    the queue once it no longer is.

    Raises Refused, Missing, and Conflict where the channel has changed since.
    """
    options = tidy(options)
    refuse_if(problems(options=options))
    before = get(name=name)
    try:
        with writing(db.session) as session:
            seen = replace(before, version=version)
            if changed := write_changed(session, seen, options=options, signed=Signed(by, now)):
                return changed
    except NoResultFound:
        raise _no_policy(options.policy) from None
    raise changed_meanwhile(_target(name), "channel changed")


# --- inside a transaction -------------------------------------------------------------------------------------------


def write_new(session: Session, *, name: str, options: ChannelOptions, signed: Signed) -> ChannelView:
    """Add a channel and its line in the audit. Raises IntegrityError where its name is taken, NoResultFound where there
    is no such policy."""
    made = view(channels.add(session, name=name, options=options))
    _note(session, "channel added", made, signed)
    return made


def write_changed(
    session: Session, before: ChannelView, *, options: ChannelOptions, signed: Signed
) -> ChannelView | None:
    """Change the channel that was seen as ``before``, and release what was held for an ambiguous formatter. Once it is
    required, nothing waits for its recipients' choices any more. Returns None where the channel has changed since.
    Raises NoResultFound where there is no such policy, and Refused where a subscriber's filter uses a key that would be
    removed."""
    changed = channels.change(session, name=before.name, version=before.version, options=options)
    if changed is None:
        return None
    _refuse_missed_keys(session, before, options)
    after = view(changed)
    _note(session, "channel changed", after, signed, before)
    ambiguity.release_laid_out(session, now=signed.at, by=signed.by)
    if after.required and not before.required:
        waits.decide_again_on(session, channel_id=after.id, now=signed.at)
    return after


def _refuse_missed_keys(session: Session, before: ChannelView, options: ChannelOptions) -> None:
    """A filter on a removed key would match every message. Raises Refused naming the subscribers that have one."""
    asked = subscribers.on_channel(session, before.id) if before.filter_keys != options.filter_keys else []
    missed = {name: strange for name, group in asked if (strange := strangers(group, options.filter_keys))}
    if missed:
        key = next(iter(missed.values()))[0]
        names = [name for name, keys in missed.items() if key in keys]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        sentence = f"“{key}” is asked for by the filters of {', '.join(names[:_NAMED])}{more}: change those first."
        raise Refused({"filter_keys": sentence})


def _note(session: Session, what: str, after: ChannelView, signed: Signed, before: ChannelView | None = None) -> None:
    told, target = before.told() if before else None, _target(after.name)
    audit.note(
        session, at=signed.at, who=signed.by, what=what, target=target,
        before=told, after=after.told(), reason=signed.why,
    )  # fmt: skip


# --- what is wrong with it ------------------------------------------------------------------------------------------


def problems(*, name: str | None = None, options: ChannelOptions) -> dict[str, str | None]:
    """What is wrong with each option, and with the ``name`` of a new channel, as a sentence; None where it is sound."""
    return {"name": _of_new(name) if name is not None else None, **options.problems(), **unknown(options)}


def tidy(options: ChannelOptions) -> ChannelOptions:
    """The options without spaces at the ends of their texts."""
    return replace(options, title=options.title.strip(), description=options.description.strip())


def problem_in_name(name: str) -> str | None:
    """What is wrong with the name of a new channel, as a sentence, or None."""
    if len(name) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please: this has {len(name)}."
    if not _NAME.fullmatch(name):
        return "Write it as team.topic: small letters, digits, “-” and “_”, with a dot between the parts."
    return None


def _of_new(name: str) -> str | None:
    return problem_in_name(name) or (_taken(name) if channels.named(db.session, name) else None)


def _taken(name: str) -> str:
    return f"There is a channel named “{name}” already."


def unknown(options: ChannelOptions) -> dict[str, str]:
    """What the options name that does not exist, or does not fit them, by field."""
    problems: dict[str, str] = {}
    policy = policies.named(db.session, options.policy)
    if policy is None:
        problems |= _no_policy(options.policy).problems
    elif options.ttl_s is None and options.is_outlived(policy.ttl_s):
        problems["policy"] = (
            f"Under {policy.name} a message lives for {policy.ttl_s:g} seconds, which is over before the channel is"
            " tried: let it batch more often, or give it a longer time to live."
        )
    if options.formatter is not None and options.formatter not in formatters():
        problems["formatter"] = (
            f"There is no formatter named “{options.formatter[:50]}”. There are: {', '.join(formatters())}."
        )
    if strangers := _strangers(options.posters or ()):
        problems["posters"] = f"There is nobody named {', '.join(f'“{name[:50]}”' for name in strangers[:3])}."
    return problems


def _strangers(posters: Sequence[str]) -> list[str]:
    _roles, people = split(posters)
    known = users.taken(db.session, list(filter(may_be_username, people)))
    return [name for name in people if name not in known]


def _no_policy(name: str) -> Refused:
    return Refused({"policy": f"There is no retry policy named “{name[:50]}”."})


# --- how it is told -------------------------------------------------------------------------------------------------


def _target(name: str) -> str:
    return f"channel:{name}"


def view(channel: channels.Channel) -> ChannelView:
    """The row as a ChannelView."""
    kept = ("title", "description", "immediate", "every_s", "formatter", "ttl_s", "keep_months", "required")
    return ChannelView(
        id=channel.id,
        name=channel.name,
        version=channel.version,
        media=tuple(row.medium for row in channel.media),
        policy=channel.policy.name,
        retry_policy=channel.policy.as_word(),
        at_most_once=channel.at_most_once,
        posters=None if channel.posters is None else tuple(channel.posters),
        filter_keys=tuple(channel.filter_keys or ()),
        **{column: getattr(channel, column) for column in kept},
    )
