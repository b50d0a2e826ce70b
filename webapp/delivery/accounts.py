"""From a row to something that sends: a provider is built from its kind, its settings and its opened secrets."""

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from webapp.domain.envelope import Accepted, ConfigurationFailure, Envelope, Transcript
from webapp.domain.field import Field
from webapp.domain.reason import Reason
from webapp.providers import Provider, Surroundings, kinds
from webapp.vault import Unreadable, Vault

_log = logging.getLogger(__name__)


def build(
    *, kind: str, name: str, settings: Mapping[str, Any], sealed: str, vault: Vault, surroundings: Surroundings
) -> Provider:
    """The provider that a row describes; ``sealed`` are its secrets as the vault gave them, or nothing.

    Never raises for what a row may hold. Where its secrets cannot be opened, or its kind is not installed (any more),
    what comes back fails every try as a fault of the configuration: it holds up this provider, and no other.
    """
    plugin = kinds().get(kind)
    if plugin is None:
        return BrokenProvider(name, f"Providers of the kind “{kind}” are not installed here.", surroundings)
    try:
        opened = vault.open(sealed) if sealed else {}
    except Unreadable as unreadable:
        return BrokenProvider(name, str(unreadable), surroundings)
    # A setting that a newer version of the plugin has brought is not in an older row.
    defaults = {field.name: field.default for field in plugin.all_fields()}
    try:
        made = plugin(name, {**defaults, **settings, **opened}, surroundings)
        float(made.timeout)  # of its making, too: whoever asks for it later does not expect it to raise
        return made
    except (Exception, SystemExit) as error:  # noqa: BLE001 — a plugin's bug, or settings of a version of it that is long gone
        _log.exception("Provider %s could not be built", name)
        return BrokenProvider(name, f"It could not be set up: {type(error).__name__}.", surroundings)


LONGEST_WAIT_S = 20.0  # what somebody who waits for a page can be asked to wait


def build_for_waiting(*, settings: Mapping[str, Any], **account: Any) -> Provider:
    """The same for somebody who waits for what comes of it: where the kind has a timeout to set and it is longer than
    they can wait, it is shortened."""
    provider = build(settings=settings, **account)
    if provider.timeout <= LONGEST_WAIT_S or "timeout" not in settings:
        return provider
    shorter = float(settings["timeout"]) * LONGEST_WAIT_S / provider.timeout
    return build(settings={**settings, "timeout": shorter}, **account)


class BrokenProvider(Provider):
    """Stands where a provider cannot be built, and says why to whoever tries."""

    kind = "broken"
    label = "Broken"
    summary = "Cannot be built from what is stored."
    media = ()
    fields: ClassVar[tuple[Field, ...]] = ()

    def __init__(self, name: str, why: str, surroundings: Surroundings) -> None:
        super().__init__(name, {}, surroundings)
        self._why = why

    @property
    def timeout(self) -> float:
        """It answers at once."""
        return 0.0

    def send(self, envelope: Envelope, transcript: Transcript) -> Accepted:
        """Raises ConfigurationFailure."""
        raise ConfigurationFailure(Reason.AUTH, self._why)
