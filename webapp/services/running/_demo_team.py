"""The demo team, and what its members have posted in the last days."""

from dataclasses import dataclass
from datetime import timedelta

from webapp.domain.channel_options import ChannelOptions
from webapp.domain.role import Role


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the team; ``zone`` is their time zone. ``mail`` is the local part of their address, by default the
    username."""

    username: str
    display_name: str
    role: Role
    zone: str = "UTC"
    mail: str = ""
    phone: str | None = None

    @property
    def email(self) -> str:
        """Their address; the demo's provider only keeps what goes there."""
        return f"{self.mail or self.username}@example.com"


@dataclass(frozen=True, slots=True)
class Post:
    """What ``sender`` wrote ``ago``; those in ``read_by`` have read it."""

    ago: timedelta
    channel: str
    sender: str
    to: tuple[str, ...]
    subject: str
    body: str
    read_by: tuple[str, ...] = ()


# Mail to Bruno, Fay and Greta fails: theirs are simulator addresses of the ``file`` provider. Olaf's number is from a
# range reserved for fiction.
TEAM = (
    Member("ada", "Ada Kern", Role.ADMIN),
    Member("olaf", "Olaf Brandt", Role.OPERATOR, phone="+447700900123"),
    Member("edith", "Edith Hale", Role.EDITOR),
    Member("emil", "Emil Moreau", Role.EDITOR, "Europe/Paris"),
    Member("erin", "Erin Walsh", Role.EDITOR, "Europe/Dublin"),
    Member("bruno", "Bruno Weiss", Role.EDITOR, mail="bounce"),
    Member("fay", "Fay Sullivan", Role.EDITOR, mail="down"),
    Member("greta", "Greta Lind", Role.EDITOR, mail="greylist"),
)

CHANNELS = {
    "news.releases": ChannelOptions(title="Releases", description="What goes out, and when.", immediate=True),
    "review.legal": ChannelOptions(
        title="Legal review", description="Texts that need a second pair of eyes before they are published."
    ),
    "rota.weekend": ChannelOptions(title="Weekend rota", description="Who is on call, and what they should know."),
    "rota.pager": ChannelOptions(
        title="Pager", description="Calls whoever is on call, by SMS.", immediate=True, media=("sms",)
    ),
    # Retried after 25 s, 100 s, 400 s and so on for a day: one failure recovers while somebody watches, another does
    # not.
    "desk.status": ChannelOptions(
        title="Status desk",
        description="What is down, and what is up again.",
        immediate=True,
        policy="open-notificaties",
    ),
}

PROVIDER = "demo-mailbox"

POSTS = (
    Post(
        timedelta(days=4, hours=3),
        "news.releases",
        "emil",
        ("edith", "erin", "olaf", "ada"),
        "Freeze starts tonight",
        "No merges to main after **18:00**, please. Ask me for exceptions: I am at my desk until eight.",
        read_by=("edith", "erin", "olaf", "ada"),
    ),
    Post(
        timedelta(days=3, hours=5),
        "news.releases",
        "olaf",
        ("edith", "emil", "erin", "ada"),
        "Search index rebuilt",
        "Full text now covers attachments.\n\n"
        "- searches that took 3 s take 200 ms\n"
        "- nothing has to be done on your side\n\n"
        "If something you know is there cannot be found, send me the words.",
        read_by=("edith", "ada"),
    ),
    Post(
        timedelta(days=3, hours=1),
        "rota.weekend",
        "erin",
        ("edith", "emil"),
        "Who takes Saturday?",
        "I can do Sunday. Saturday, noon to eight, is still open. First one to answer gets the quiet shift.",
        read_by=("edith", "emil"),
    ),
    Post(
        timedelta(days=2, hours=2),
        "review.legal",
        "edith",
        ("emil", "ada"),
        "Please approve: “Terms of service, June”",
        "Two paragraphs changed since your last look:\n\n"
        "1. *Cancellation*: fourteen days, in plain words.\n"
        "2. *Contact*: the new postal address.\n\n"
        "The rest is as you know it.",
        read_by=("emil",),
    ),
    Post(
        timedelta(days=1, hours=4),
        "review.legal",
        "ada",
        ("edith",),
        "Approved: “Privacy notice, May”",
        "Thank you. It is live since 14:00.",
        read_by=("edith",),
    ),
    Post(
        timedelta(hours=20),
        "rota.weekend",
        "erin",
        ("edith", "olaf"),
        "You are on call on Saturday, 12:00 to 20:00",
        "Swap by Thursday noon if this does not work for you.\n\n"
        "> Nothing is on fire, and the hand-over notes are where they always are.",
    ),
    Post(
        timedelta(hours=2, minutes=10),
        "news.releases",
        "emil",
        ("edith", "erin", "olaf", "ada"),
        "Release 4.2 moved to Thursday, 09:00",
        "The signing certificate arrives one day late, so the whole train moves to **Thursday, 09:00**. "
        "Nothing else changes: the branch stays cut, translations are closed, and the notes are final.\n\n"
        "If your team planned downtime for Wednesday, please move it and tell me: I keep the list.",
        read_by=("olaf",),
    ),
    Post(
        timedelta(minutes=50),
        "desk.status",
        "edith",
        ("emil", "bruno", "fay", "greta"),
        "The archive is read-only until noon",
        "It moves to new disks. Reading works as ever; what you save meanwhile is kept, and filed at noon.",
    ),
    Post(
        timedelta(minutes=40),
        "rota.pager",
        "erin",
        ("olaf",),
        "Mail relay slow again",
        "Same picture as last night. Could you have a look before the newsletter goes out?",
    ),
    Post(
        timedelta(minutes=25),
        "rota.weekend",
        "olaf",
        ("ada", "edith"),
        "Hand-over for tonight ☕",
        "All queues are empty and the backups are fresh. The only thing to watch is the mail relay: "
        "it was slow between 03:00 and 03:20 last night.",
    ),
)
