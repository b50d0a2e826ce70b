"""Builds a provider from its row: its kind, its settings and its decrypted secrets."""

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
    """The provider that a row describes; ``sealed`` are its encrypted secrets, empty where there are none.

    Never raises for what a row may hold. Where the secrets cannot be decrypted, or the kind is not installed (any
    more), the result is a provider whose every try is a configuration failure: that pauses this provider, and no other.
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
        float(made.timeout)  # read it here, too: later callers do not expect it to raise
        return made
    except (Exception, SystemExit) as error:  # noqa: BLE001 — a plugin's bug, or settings of a version of it that is long gone
        _log.exception("Provider %s could not be built", name)
        return BrokenProvider(name, f"It could not be set up: {type(error).__name__}.", surroundings)


LONGEST_WAIT_S = 20.0  # the longest that anybody should have to wait for a page


def build_for_waiting(*, settings: Mapping[str, Any], **account: Any) -> Provider:
    """The same for a caller who waits for the result: where the kind has a timeout to set, it is shortened to
    LONGEST_WAIT_S."""
    provider = build(settings=settings, **account)
    if provider.timeout <= LONGEST_WAIT_S or "timeout" not in settings:
        return provider
    shorter = float(settings["timeout"]) * LONGEST_WAIT_S / provider.timeout
    return build(settings={**settings, "timeout": shorter}, **account)


class BrokenProvider(Provider):
    """Takes the place of a provider that cannot be built; every try fails with the reason."""

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
