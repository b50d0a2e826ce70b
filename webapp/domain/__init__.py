"""Belfry's words, each with one meaning; plain Python that knows neither the web nor a database.

Channel: a named stream people post on (``team.topic``); it owns how its messages travel.
Required: said of a channel that ignores preferences. At most once: said of a channel that never repeats what may have
arrived, but leaves it to a person.
Message: what was posted once: channel, sender, subject, body, when it becomes visible and when it expires.
Event: a message as subscribers get it, as JSON.
UserNotification: one person's copy of a Message, their inbox row. The inbox is not a medium: it always gets its copy.
Medium: how something leaves the house: ``email`` or ``sms`` for people, ``webhook`` for subscribers.
Provider kind: a plugin that knows one way out (``smtp``, ``twilio``). Provider: a configured account of a kind.
Primary: the provider that a medium is sent by. Fallback: one that sends while the primary is paused or rests.
Paused: left alone after faults of its own, until one envelope gets through as a probe. Resting: left alone because its
far side asked for that. Pace: how many sends per minute a provider may be asked for.
Subscriber: an endpoint of another system that is told what is posted on channels. Group of filters: conditions that a
message must all meet to be sent to it; its groups on a channel are alternatives. Callback check: does the endpoint
accept Belfry's requests, and refuse others? Waived: saved without that check, for a reason. Former key: the signing key
before the newest, while both sign.
Policy: when, and how often, a channel tries again what failed for the time being; its kind is a plugin that gives the
delay, a preset is one that every installation begins with.
Preference: what a person says of a channel by a medium: on or off, and how often. Mute: a sender or a channel of which
they are sent nothing, for a while or for good. Quiet hours: when in their week they are sent nothing.
Digest: a person's wish to get a channel every hour, or daily at a time, in one; also the formatter that makes it one.
Formatter: turns all that one person has due on one channel and medium into outputs that fit the provider.
Group: all that one person has due on one channel and medium, where it goes out together. Folded: said of what its
formatter put into no output.
Blank: a place in a rendered text that is filled in for each reader at the moment of sending.
Resolver: says where a medium reaches a person on a channel: their address, or none.
Delivery: one UserNotification on its way through one medium: the queue's row, with its state.
Envelope: what is really sent: address, rendered text and the deliveries it contains; its id is what the far side sees.
Attempt: one try of one Envelope, written once and never changed.
Facts: all that a decision rests on. Reason: the code of why something is not sent, or not yet. Evidence: what the
decision rested on beyond it. Foresee: to decide, by the same facts, on what has not been posted.
Generation: a round of tries; the first is 1, and each Send again begins another.
Later word: what a far side says of an Envelope that it took before.
Move: one change of a Delivery's state, written to an append-only ledger.
Dispatcher, resender, truncation: the timed jobs for first tries, later tries and forgetting.
Nudge: what one process says to the others when something is due now; it may be lost, since they look regularly anyway.
Send again: what a person does with a Delivery that has ended; a retry is what Belfry does by itself.
"""
