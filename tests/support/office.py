"""An office: senders over a real provider, without an engine."""

from contextlib import nullcontext
from datetime import timedelta
from ipaddress import ip_network
from queue import SimpleQueue
from types import SimpleNamespace

from tests.support.clock import START
from tests.support.world import WITHIN
from webapp.delivery._share import Means
from webapp.delivery.lot import Account, EngineSettings, Ready
from webapp.delivery.senders import Senders
from webapp.domain.envelope import Envelope
from webapp.domain.retry_presets import PRESETS
from webapp.providers import Surroundings, kinds
from webapp.providers._signing import make_key


class Office:
    """Senders over a real provider of the kind ``http``, and what they have ended."""

    def __init__(self, clock, folder, url, *, timeout=5.0, **settings):
        self.made, self.ended, self._folder = [], SimpleQueue(), folder
        self.typed = {"url": url, "timeout": timeout, "signing_key": make_key()}
        means = Means(
            make_provider=self._make, in_context=nullcontext, clock=clock, settings=EngineSettings(**settings),
            done=self.ended.put,
        )  # fmt: skip
        self.senders = Senders(means)

    def _make(self, account):
        surroundings = Surroundings(self._folder, (ip_network("127.0.0.0/8"),))
        self.made.append(kinds()["http"](account.name, self.typed, surroundings))
        return self.made[-1]

    def hand_over(self, number, *, left_s=60.0, version=1, text="T"):
        account = Account(1, "relay", "http", "email", version, {}, "")
        envelope = Envelope(str(number), "email", "a@example.com", "A", "B", "c.d", "S", text, None, START)
        member = SimpleNamespace(policy=PRESETS["kazoo"])
        until = START + timedelta(seconds=left_s)
        self.senders.hand_over(Ready(envelope, [member], account, new=True, lease_until=until, trigger="dispatcher"))

    def next(self):
        return self.ended.get(timeout=WITHIN)

    def send(self, number, **different):
        """Hand it over, and give what came of it once its line is free again."""
        self.hand_over(number, **different)
        return self.next()

    @property
    def share(self):
        return self.senders._shares["email", 1][1]
