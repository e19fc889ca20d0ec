"""Tokenizers made for a test."""

import copy


def with_template(tokenizer, template):
    """A copy of a tokenizer with another template."""
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.chat_template = template
    return tokenizer
