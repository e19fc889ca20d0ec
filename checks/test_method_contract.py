"""A pruning method of your own: does it keep the promises that every check relies on? Only with `--method`."""

import pytest

from harness.conform.authors import examination_of
from harness.conform.contract import RULES, Unjudged, require
from harness.report.names import CONTRACT


@pytest.fixture(scope="module")
def examinations():
    """One examination a model and method; every rule judges the same."""
    return {}


@pytest.mark.own_method
@pytest.mark.parametrize("rule", RULES)
def test_method_contract(subject, method, rule, examinations, record_property):
    """The method answers, is deterministic, leaves the base alone, sees no test item, and does nothing hidden."""
    record_property(CONTRACT, f"{method}, on {subject.loaded.label}")
    known = subject.loaded.fingerprint, method
    if known not in examinations:
        examinations[known] = examination_of(method, subject)

    try:
        require(examinations[known], rule)
    except Unjudged as reason:
        pytest.skip(str(reason))
