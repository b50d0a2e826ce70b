"""``file``: the harmless provider. It writes what it would send into a folder, and Belfry shows it as a mailbox."""

import json
import os
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import ClassVar

from webapp.domain.envelope import Accepted, Blame, Envelope, PermanentFailure, TemporaryFailure, Transcript
from webapp.domain.field import Field
from webapp.domain.guide import Guide
from webapp.domain.ids import is_id
from webapp.domain.reason import Reason
from webapp.providers._base import Provider, Settings
from webapp.providers._mime import build, message_id, spoken
from webapp.providers.file._mailbox import Mail, forget, outbox, read, sent
from webapp.providers.file._simulator import GUIDE, Conversation, scene

__all__ = ["PROVIDER", "File", "Mail", "forget", "read", "sent"]


class File(Provider):
    """Writes one file per envelope, ``.eml`` or ``.json``, into ``outbox/<provider>`` in the installation's folder."""

    kind = "file"
    label = "File"
    summary = "Sends nothing: keeps each message as a file and shows it here. For trying things out."
    media = ("email", "sms")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("sender", "Sender", "email", "belfry@example.com", help="What stands as From.", required=True),
        Field("sender_name", "Sender's name", default="Belfry", help="Shown beside the address."),
    )
    guide: ClassVar[Guide | None] = GUIDE

    @classmethod
    def problems(cls, settings: Settings) -> dict[str, str]:
        """The sender must be an address: a mail cannot be written without one."""
        try:
            spoken(str(settings.get("sender", "")))
        except ValueError as error:
            return {"sender": str(error)}
        return {}

    @classmethod
    def message_id(cls, envelope_id: str, settings: Settings) -> str:
        """As a mail server's, of the sender's domain."""
        return message_id(envelope_id, str(settings["sender"]))

    @property
    def timeout(self) -> float:
        """A disk that needs longer than this has other troubles."""
        return 10.0

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Write the file. For a simulator address, play its scene, which may fail or write later."""
        keep = partial(self._keep, envelope, transcript)
        if play := scene(envelope):
            return play(Conversation(envelope, transcript, outbox(self.surroundings.folder, self.name), keep))
        return keep()

    def _keep(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Write the file completely or not at all, and only once however often the same envelope is sent."""
        with transcript.phase("write") as words:
            suffix, content = self._written(envelope)
            path = outbox(self.surroundings.folder, self.name) / f"{envelope.id}{suffix}"
            try:
                _write(path, content)
            except OSError as error:
                words.append(f"Could not be written: {error.strerror}")
                raise TemporaryFailure(Reason.SERVER_BUSY, words[-1]) from error
            words.append(f"{path.name}, {len(content)} bytes")
        return Accepted(f"Written to {path.name}")

    def _written(self, envelope: Envelope) -> tuple[str, bytes]:
        if not is_id(envelope.id):
            raise PermanentFailure(Reason.CONTENT_REFUSED, "Its id cannot name a file.", blame=Blame.CONTENT)
        sender, name = str(self.settings["sender"]), str(self.settings["sender_name"])
        if envelope.medium == "email":
            return ".eml", build(envelope, sender=sender, sender_name=name)
        parts = {"from": sender, "to": envelope.address, "date": envelope.created_at.isoformat()}
        parts |= {"subject": envelope.subject, "text": envelope.text}
        return ".json", json.dumps(parts, indent=2).encode()


def _write(path: Path, content: bytes) -> None:
    """Write to a temporary file (readable by the owner alone), flush it to disk, then rename it to its name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).rename(path)
        except BaseException:
            Path(file.name).unlink()
            raise


PROVIDER = File
