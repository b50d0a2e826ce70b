"""The phone of the account, once its owner has verified it."""

from webapp.resolvers._base import Resolver

RESOLVER = Resolver(label="The account's verified phone", medium="sms", find=lambda person: person.phone)
