"""What every test can ask for. Each fixture is explained where it is written, in tests/support/."""

pytest_plugins = [
    "tests.support.choosing",
    "tests.support.summary",
    "tests.support.databases",
    "tests.support.application",
    "tests.support.people",
    "tests.support.statements",
    "tests.support.world",
    "tests.support.listening",
    "tests.support.server",
    "tests.support.mail",
    "tests.support.certificates",
    "tests.support.sink",
    "tests.support.soak",
    "tests.support.faults",
    "tests.support.http",
    "tests.support.web",
    "tests.support.twilio",
    "tests.support.asking",
    "tests.support.twilio",
    "tests.support.browser",
]
