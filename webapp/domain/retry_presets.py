"""The four retry policies that every installation begins with, as a person may put them back or copy them.

The migration that wrote them has them once more: a migration must not change with the code.
"""

from webapp.domain.retry_policy import RetryPolicy, Rule

_VOICEMAIL = {
    str(n): Rule(attempt=n, retries=4, retry_after_s=delay) for n, delay in enumerate((900, 2700, 7200, 86400), start=1)
}

PRESETS = {
    policy.name: policy
    for policy in (
        RetryPolicy(name="optimizely", kind="steps", steps=(60, 300, 3600), max_attempts=4),
        RetryPolicy(
            name="zitadel", kind="forward_jitter", initial_s=1, base=1.5, max_delay_s=20, max_attempts=3, ttl_s=300
        ),
        RetryPolicy(
            name="open-notificaties", kind="exponential", initial_s=25, base=4, max_delay_s=52000, max_attempts=8
        ),
        RetryPolicy(name="kazoo", kind="linear", initial_s=600, max_attempts=4, rules={"voicemail_new": _VOICEMAIL}),
    )
}
ORIGINS = {
    "optimizely": "The user notifications of Optimizely's CMS: three retries.",
    "zitadel": "Zitadel's notification workers: soon, at random, and not for long.",
    "open-notificaties": "Open Notificaties' webhooks: backing off over a day.",
    "kazoo": "KAZOO's notification resender: rules for each type of message.",
}
