"""Alert: what administrators have to be told, once per incident and not once per delivery."""

from dataclasses import dataclass

from webapp.domain.endpoint import Off

LONGEST_TOPIC = 24  # characters: the topic names rows, behind "alert " and "begun "


@dataclass(frozen=True, slots=True)
class Alert:
    """``topic`` names the incident (at most LONGEST_TOPIC characters): nobody is told of the same one twice within an
    hour. ``link`` is a path within Belfry. ``is_error``: something was set up wrongly, and only a person can mend
    it."""

    topic: str
    subject: str
    body: str
    link: str = "/providers"
    is_error: bool = False


def provider_paused(provider_id: int, name: str, error: str, *, stand_in: str | None = None) -> Alert:
    """A provider that is left alone until a probe gets through; who sends meanwhile, if anybody does."""
    subject = f"{name} is paused; {stand_in} sends instead" if stand_in else f"{name} is paused, and nobody stands in"
    waits = (
        f"**{stand_in}** sends instead, until a probe gets through by {name}."
        if stand_in
        else f"Nothing is sent by **{name}** for now, and nothing is lost: what waits for it goes out by itself once a "
        "probe gets through."
    )
    return Alert(
        f"paused {provider_id}", subject, f"{waits}\n\nIts last error:\n\n    {_indented(error)}", f"/providers/{name}"
    )


def provider_rests(provider_id: int, name: str, error: str, *, for_s: float, stand_in: str) -> Alert:
    """A provider whose far side has asked to be left alone for ``for_s`` seconds, and who sends meanwhile."""
    minutes = max(round(for_s / 60), 1)
    return Alert(
        f"rests {provider_id}",
        f"{name} is left alone, as it asked; {stand_in} sends instead",
        f"**{stand_in}** sends instead, until the far side of {name} may be asked again, in about {minutes} min.\n\n"
        f"Its words:\n\n    {_indented(error)}",
        f"/providers/{name}",
    )


def no_provider(medium: str) -> Alert:
    """Deliveries that nothing is set up to send."""
    return Alert(
        f"none {medium}",
        f"Nothing is set up to send by {medium}",
        f"Deliveries by {medium} wait, and no tries are spent on them. They go out by themselves when a provider for "
        f"{medium} is activated.",
    )


def subscriber_off(subscriber_id: int, name: str, why: Off, error: str) -> Alert:
    """A subscriber that nothing more is sent to until an administrator switches it on again."""
    said = "its endpoint said that it is gone" if why is Off.GONE else "nothing but failures for five days"
    return Alert(
        f"off {subscriber_id}",
        f"{name} is switched off: {said}",
        f"Nothing is sent to the subscriber **{name}** any more: {said}. What is posted for it waits, each until its "
        "time to live is over, and spends no tries.\n\nMend its endpoint or correct its address, then switch it on "
        f"again on its page: what waits goes out by itself.\n\nIts last error:\n\n    {_indented(error)}",
        f"/subscribers/{name}",
        is_error=True,
    )


def ambiguous_formatter(channel_id: int, channel: str, formatters: str) -> Alert:
    """A channel that several formatters support, and nobody has said which lays it out."""
    return Alert(
        f"ambiguous {channel_id}",
        f"Nobody has said which formatter lays out {channel}",
        f"{formatters} support the channel **{channel}**, and it names none of them. What it delivers waits, and no "
        "tries are spent on it. It goes out by itself when the channel names its formatter.",
        f"/channels/{channel}",
        is_error=True,
    )


def _indented(error: str) -> str:
    """The far side's words as a Markdown code block; characters that no message may contain are replaced."""
    lines = ("".join(c if c.isprintable() else "\ufffd" for c in line) for line in error.splitlines())
    return "\n    ".join(lines)
