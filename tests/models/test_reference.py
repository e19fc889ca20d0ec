from harness.models.reference import resolve


def test_two_revisions_of_a_model_have_two_names():
    """Their rows, item files and baselines must not be taken for one another's; both look up the same paper figures."""
    first, second, plain = (resolve(f"org/model{revision}") for revision in ("@abc", "@def", ""))

    assert (first.name, second.name, plain.name) == ("model@abc", "model@def", "model")
    assert first.label == second.label == "model"
