"""A method as a value: how its function is asked."""

import pytest

from harness.methods.method import Method, declare, signature_error

GIVEN = {"loaded": "model", "n": 2, "calibration": ["a text"], "seed": 7, "score": max}


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (lambda n: [n - 1, n], [1, 2]),
        (lambda seed, n: (seed, n), (7, 2)),
        (lambda *, calibration, loaded: (calibration, loaded), (["a text"], "model")),
        (lambda loaded, n, calibration, seed: (loaded, n, calibration, seed), ("model", 2, ["a text"], 7)),
        (lambda model, count, texts, draw: (model, count, texts, draw), ("model", 2, ["a text"], 7)),
        (lambda *given: given, ("model", 2, ["a text"], 7)),
    ],
    ids=["one name", "names in any order", "keywords", "all names", "four of other names", "whatever comes"],
)
def test_a_function_is_given_what_it_names_or_everything_in_order(function, answer):
    """Nobody writes down arguments that they do not use; functions of other names work by their places."""
    assert Method("mine", function).ask(GIVEN) == answer


def test_scores_are_given_to_who_declares_them():
    """By name or as the fifth."""
    assert declare("task_scores")(lambda n, score: score(n, 3)).ask(GIVEN) == 3
    assert declare("task_scores")(lambda a, b, c, d, e: e).ask(GIVEN) is max


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda: [0], "takes (), and is given (loaded, n, calibration, seed)"),
        (lambda model, n: [model, n], "takes (model, n), and is given (loaded, n, calibration, seed)"),
        (lambda model, n, seed, texts: [model, seed, texts, n], "takes (model, n, seed, texts), and"),
        (lambda n, model, calibration, seed: [n, model, calibration, seed], "takes (n, model, calibration, seed), and"),
        (lambda n, score: [n, score], "takes (n, score), and is given (loaded, n, calibration, seed)"),
    ],
    ids=["nothing", "two of other names", "a name out of place", "two out of place", "scores that are not declared"],
)
def test_what_cannot_be_asked_is_known_before(function, said):
    """A sentence with its arguments and ours."""
    assert signature_error(Method("mine", function)).startswith(said)


def test_a_declared_method_is_still_a_function():
    """Its author's own tests call it as they wrote it."""
    assert declare("nothing")(lambda loaded, n: [loaded, n])("model", n=3) == ["model", 3]
