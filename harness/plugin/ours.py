"""Which of pytest's items are ours: those whose `subject` is this package's fixture.

Other projects have fixtures, parameters, marks and options of the same names; nothing is done to their tests.
pytest has no public way to ask which fixture a name means, so its private names are used here and nowhere else.
"""

from typing import Any

import pytest

FIXTURES = "harness.plugin.fixtures"
"""Where ours are defined."""


def is_ours(item: Any) -> bool:  # noqa: ANN401  # any item of any plugin
    """Whether an item asks for our `subject`."""
    return _leads_to_ours("subject", _definitions(item))


def is_free(metafunc: pytest.Metafunc, name: str) -> bool:
    """Whether a test wants an argument that nobody else gives: no fixture of another's, and no `parametrize`."""
    definitions = _definitions(metafunc.definition)
    if name not in metafunc.fixturenames or _is_parametrised(metafunc.definition, name):
        return False
    return _leads_to_ours(name, definitions) or not definitions.get(name)


def _definitions(item: Any) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    return found


def _leads_to_ours(name: str, definitions: dict[str, Any]) -> bool:
    """Whether the innermost fixture of a name is ours, or asks for ours by the same name."""
    for definition in reversed(definitions.get(name, ())):
        if definition.func.__module__ == FIXTURES:
            return True
        if name not in definition.argnames:
            return False
    return False


def _is_parametrised(definition: pytest.Function, name: str) -> bool:
    for mark in definition.iter_markers("parametrize"):
        names = mark.kwargs.get("argnames", mark.args[0] if mark.args else ())
        if name in (names.replace(",", " ").split() if isinstance(names, str) else names):
            return True
    return False
