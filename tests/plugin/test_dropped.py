"""Checks of layers that were chosen elsewhere."""

import json

pytest_plugins = ["pytester"]

CHECKS = """
def test_ratio_of_its_own(subject, method):
    subject.plan(method, 0.09)


def test_asked_ratio(subject, method, ratio, claim):
    assert subject.plan(method, ratio).describe() == "4-6"
"""


def test_a_check_with_ratios_of_its_own_is_skipped(pytester):
    """A list has one size, so such a check cannot be asked of it; that is no failure of anything."""
    pytester.makepyfile(CHECKS)
    given = ("-p", "no:cacheprovider", "--store", "s", "--method", "drop:4-6", "-rs")
    found = pytester.runpytest_inprocess(*given)

    found.assert_outcomes(passed=1, skipped=1)
    found.stdout.fnmatch_lines(["SKIPPED*--method drop:4-6: removes 3 of 12 layers, and this asks for 1;*"])


def test_a_ratio_that_is_not_the_list_s_is_refused(pytester):
    """It was asked for: the sentence has the right one."""
    pytester.makepyfile(CHECKS)
    given = ("-p", "no:cacheprovider", "--store", "s", "--method", "drop:4-6", "--ratio", "0.5", "-k", "asked")
    found = pytester.runpytest_inprocess(*given)

    assert found.ret == 4
    found.stdout.fnmatch_lines(["*bad input: --method drop:4-6: removes 3 of 12 layers, and this asks for 6;*0.25*"])


def test_a_row_names_the_layers_and_not_the_file(pytester):
    """The file may hold others tomorrow, and a baseline of these would be held against those."""
    (pytester.path / "list.json").write_text(json.dumps({"layer_indices": [4, 5, 6]}))
    pytester.makepyfile(
        "def test_claim(subject, method, ratio, claim):\n"
        "    case = claim.case('arithmetic-drop', {'method': method, 'ratio': ratio})\n"
        "    assert case.closing.params['method'] == 'drop:4-6'\n"
    )
    found = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--store", "s", "--method", "drop:list.json")

    found.assert_outcomes(passed=1)


def test_a_parameter_of_that_name_may_be_anything(pytester):
    """In a check of one's own it is no method of ours."""
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.parametrize('method', [3])\n"
        "def test_claim(subject, method, claim):\n"
        "    assert claim.case('arithmetic-drop', {'method': method}).closing.params == {'method': 3}\n"
    )
    found = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--store", "s")

    found.assert_outcomes(passed=1)
