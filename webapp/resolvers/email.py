"""The e-mail of the account."""

from webapp.resolvers._base import Resolver

RESOLVER = Resolver(label="The account's e-mail", medium="email", find=lambda person: person.email)
