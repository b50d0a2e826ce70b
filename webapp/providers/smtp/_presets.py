"""The settings of well-known mail services, as the services' own pages state them."""

from webapp.domain.guide import Preset

_STARTTLS = {"port": "587", "security": "starttls", "auth": "plain"}
_FROM = "The sender's address must be one that you have verified there."

PRESETS = (
    Preset(
        "ses",
        "Amazon SES",
        {**_STARTTLS, "host": "email-smtp.<region>.amazonaws.com"},
        "Put your own region into the server's name, such as eu-west-1. User name and password are SMTP credentials, "
        f"made in the SES console for this region; AWS access keys do not work. {_FROM}",
    ),
    Preset(
        "brevo",
        "Brevo",
        {"host": "smtp-relay.brevo.com", "port": "465", "security": "tls", "auth": "plain"},
        "User name is the SMTP login and password an SMTP key, both under SMTP & API; an API key does not work. "
        f"{_FROM}",
    ),
    Preset(
        "google",
        "Google",
        {**_STARTTLS, "host": "smtp.gmail.com"},
        "User name is the whole address, and the sender's, too. Password is an app password, for which the account "
        "needs 2-step verification. Google limits the mails a day; for an organisation's own relay, the server is "
        "smtp-relay.gmail.com.",
    ),
    Preset(
        "mailgun",
        "Mailgun, US",
        {**_STARTTLS, "host": "smtp.mailgun.org"},
        "User name and password are the SMTP credentials of your domain; an API key does not work. A domain in the EU "
        "needs the other preset.",
    ),
    Preset(
        "mailgun-eu",
        "Mailgun, EU",
        {**_STARTTLS, "host": "smtp.eu.mailgun.org"},
        "User name and password are the SMTP credentials of your domain; an API key does not work. A domain in the US "
        "needs the other preset.",
    ),
    Preset(
        "mailjet",
        "Mailjet",
        {**_STARTTLS, "host": "in-v3.mailjet.com"},
        f"User name is the API key, password the secret key. {_FROM}",
    ),
    Preset(
        "outlook",
        "Microsoft 365 (Outlook)",
        {**_STARTTLS, "host": "smtp.office365.com", "auth": "login"},
        "User name is the mailbox's whole address, and the sender's, too. SMTP AUTH must be enabled for the mailbox. "
        "Microsoft is ending sign-in by password, which is the only one Belfry knows: where it is refused, use "
        "another service.",
    ),
    Preset(
        "postmark",
        "Postmark",
        {**_STARTTLS, "host": "smtp.postmarkapp.com"},
        f"User name and password are both the Server API token; SMTP must be enabled for that server. {_FROM}",
    ),
    Preset(
        "sendgrid",
        "SendGrid",
        {**_STARTTLS, "host": "smtp.sendgrid.net", "username": "apikey"},
        f"The user name is the word apikey itself. Password is an API key that may send mail. {_FROM}",
    ),
)
