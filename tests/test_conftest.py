"""The fixtures of our own tests."""

pytest_plugins = ["pytester"]


def test_what_registers_with_torch_survives_a_pytest_inside(pytester):
    """Imported in there and again out here: an import that ran twice would register its operators twice."""
    pytester.makepyfile("def test_inside():\n    import bitsandbytes, peft")

    assert pytester.runpytest_inprocess("-p", "no:cacheprovider").ret == 0
    import bitsandbytes

    assert bitsandbytes.__version__
