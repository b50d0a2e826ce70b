"""The parts of the documents that are made from code: ``python -m tests.docs.blocks`` (make docs) writes them anew.

Each stands between ``<!-- name -->`` and ``<!-- /name -->``, and a test compares it with what is made here.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support import ROOT
from webapp.config import PREFIX, SETTINGS
from webapp.domain.delivery_state import FINAL, MOVES, DeliveryState, drawing
from webapp.domain.envelope import ConfigurationFailure, PermanentFailure, TemporaryFailure
from webapp.domain.scope import Scope
from webapp.problems import PROBLEMS
from webapp.providers.smtp import Smtp
from webapp.providers.twilio._codes import CODES, page


def settings() -> str:
    """Every setting in a table."""
    rows = [(f"`{PREFIX}{it.name}`", f"`{it.default}`" if it.default else "", it.unit, it.meaning) for it in SETTINGS]
    return _table(("name", "default", "unit", "meaning"), rows)


def states() -> str:
    """The drawing, what each state means, and every move."""
    words = [(f"`{it}`", it.label, it.sentence, "" if it in FINAL else "yes") for it in DeliveryState]
    moves = [(f"`{move.was}`", f"`{move.became}`", move.when, move.by) for move in MOVES]
    return "\n\n".join(
        [
            f"```mermaid\n{drawing()}\n```",
            _table(("state", "on screen", "meaning", "pending"), words),
            _table(("from", "to", "when", "by"), [("(new)", "`queued`", "posted", "notifier"), *moves]),
        ]
    )


def twilio_codes() -> str:
    """Every code of Twilio's that Belfry knows, and what follows from it."""
    kinds = {ConfigurationFailure: "configuration", PermanentFailure: "permanent", TemporaryFailure: "temporary"}
    rows = [(f"[{code}]({page(code)})", it.words, kinds[it.kind], f"`{it.reason}`") for code, it in CODES.items()]
    return _table(("code", "means that", "which is", "shown as"), rows)


def smtp_fields() -> str:
    """What one fills in for a mail server."""
    rows = [(it.label, f"`{it.name}`", f"`{it.default}`" if it.default else "", it.help) for it in Smtp.all_fields()]
    return _table(("field", "for the command", "default", "meaning"), rows)


def smtp_presets() -> str:
    """What well-known services want."""
    security = dict(next(it.choices for it in Smtp.fields if it.name == "security"))
    rows: list[tuple[str, ...]] = []
    for it in Smtp.presets:
        host, port, secured = (it.values[name] for name in ("host", "port", "security"))
        rows.append((it.label, f"`{it.name}`", f"`{host}`", port, security[secured], it.note))
    return _table(("service", "for the command", "server", "port", "security", "what is left to you"), rows)


def problems() -> str:
    """Every code of a problem, and what to do."""
    rows = [(str(it.status), f"`{code}`", it.title, it.advice) for code, it in PROBLEMS.items()]
    return _table(("status", "code", "means", "what to do"), rows)


def scopes() -> str:
    """Every scope of a token, and whose token it is of use to."""
    rows = [(f"`{it}`", it.sentence, it.role.word.lower()) for it in Scope]
    return _table(("scope", "with it one may", "takes at least"), rows)


BLOCKS: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("docs/settings.md", settings),
    "states": ("docs/architecture.md", states),
    "twilio codes": ("docs/providers/twilio.md", twilio_codes),
    "smtp-fields": ("docs/providers/smtp.md", smtp_fields),
    "scopes": ("docs/api.md", scopes),
    "problems": ("docs/api.md", problems),
    "smtp-presets": ("docs/providers/smtp.md", smtp_presets),
}


def written(name: str) -> str:
    """The block as it stands in its document."""
    path, _ = BLOCKS[name]
    found = _place(name).search((ROOT / path).read_text(encoding="utf-8"))
    assert found, f"{path} has no place for <!-- {name} -->"
    return found[1].strip()


def write(name: str) -> None:
    """Put the block into its document."""
    path, make = BLOCKS[name]
    file: Path = ROOT / path
    block = f"<!-- {name} -->\n\n{make()}\n\n<!-- /{name} -->"
    file.write_text(_place(name).sub(lambda _: block, file.read_text(encoding="utf-8")), encoding="utf-8")


def _place(name: str) -> re.Pattern[str]:
    return re.compile(rf"<!-- {name} -->(.*?)<!-- /{name} -->", re.DOTALL)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(heads), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    lines.insert(1, tuple("---" for _ in lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    for block in BLOCKS:
        write(block)
