"""The model under test: what is asked of it, its variants, which layers methods choose, how it recovers."""

from harness.subject.subject import Subject

__all__ = ["Subject"]
