from harness.report.names import slug_of


def test_every_value_of_an_option_is_in_a_file_name():
    """Two runs with other corpora get other names; only a path's last part counts."""
    assert slug_of("corpora", ("a.jsonl", "d/b.jsonl")) == "corpora-a.jsonl-b.jsonl"
    assert slug_of("corpora", ("d/b.jsonl",)) == "corpora-b.jsonl"
    assert slug_of("recipe", "tiny-qlora") == "recipe-tiny-qlora"
    assert slug_of("seeds", 1) == "seeds-1"
