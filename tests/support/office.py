"""An office: the engine's senders over far sides of the test, without the rest of the engine."""

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
    """Senders over the provider that ``provide`` makes for an account, and their finished deliveries."""

    kind, name = "file", "smtp"

    def __init__(self, clock, provide, **settings):
        self.made, self.ended, self._provide = [], SimpleQueue(), provide
        means = Means(
            make_provider=self._make, in_context=nullcontext, clock=clock, settings=EngineSettings(**settings),
            done=self.ended.put,
        )  # fmt: skip
        self.senders = Senders(means)

    def _make(self, account):
        self.made.append(self._provide(account))
        return self.made[-1]

    def hand_over(self, number, *, left_s=60.0, lives_s=3600.0, version=1, id_=1, text="T"):
        account = Account(id_, f"{self.name}-{id_}", self.kind, "email", version, {}, "")
        envelope = Envelope(str(number), "email", "a@example.com", "A", "B", "c.d", "S", text, None, START)
        until = START + timedelta(seconds=left_s)
        leased = SimpleNamespace(expires_at=START + timedelta(seconds=lives_s))
        member = SimpleNamespace(policy=PRESETS["kazoo"], leased=leased)
        ready = Ready(envelope, [member], account, new=True, lease_until=until, trigger="dispatcher")
        self.senders.hand_over(ready)
        return ready

    def next(self):
        return self.ended.get(timeout=WITHIN)


class HttpOffice(Office):
    """An office with a real provider of the kind ``http``."""

    kind, name = "http", "relay"

    def __init__(self, clock, folder, url, *, timeout=25.0, **settings):
        self._surroundings = Surroundings(folder, (ip_network("127.0.0.0/8"),))
        self.typed = {"url": url, "timeout": timeout, "signing_key": make_key()}
        super().__init__(clock, self._by_http, **settings)

    def _by_http(self, account):
        return kinds()["http"](account.name, self.typed, self._surroundings)

    def send(self, number, **different):
        """Send one envelope, and return its result once the line is free again."""
        self.hand_over(number, **different)
        return self.next()

    @property
    def share(self):
        return self.senders._shares["email", 1][1]
