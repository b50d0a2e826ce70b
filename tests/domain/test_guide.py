"""A guide: plain words, and nothing that must be given."""

from webapp.domain.guide import Guide


def test_it_may_be_only_a_sentence():
    assert Guide("Title", "A sentence.").words == ()
