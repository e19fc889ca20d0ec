import json

import pytest

from harness.errors import BadInput
from harness.recover.corpora import named_corpus
from harness.recover.corpus import Corpus, Example, example_of, on_prompts_of, read_corpus, sample, shuffled


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "2 + 2 ?"}, {"role": "assistant", "content": "4"}]},
        {"instruction": "2 + 2 ?", "input": "", "output": "4"},
        {"question": "2 + 2 ?", "answer": "4"},
    ],
    ids=["messages", "instruction", "question"],
)
def test_three_row_formats_give_the_same_example(row):
    """Chats, Alpaca rows and question-answer rows are all read."""
    example = example_of(row, "7")

    assert (example.id, example.prompt, example.answer) == ("7", "2 + 2 ?", "4")


def test_an_input_is_part_of_the_prompt():
    """Alpaca's `input` follows the instruction."""
    assert example_of({"instruction": "add", "input": "2 and 2", "output": "4"}, "0").prompt == "add\n\n2 and 2"


def test_the_first_exchange_of_a_conversation_is_kept():
    """Later turns need the earlier ones, which one prompt cannot carry."""
    turns = [("system", "s"), ("user", "first"), ("assistant", "one"), ("user", "second"), ("assistant", "two")]
    row = {"messages": [{"role": role, "content": content} for role, content in turns]}

    assert (example_of(row, "0").prompt, example_of(row, "0").answer) == ("first", "one")


def test_rows_without_an_answer_are_left_out(tmp_path):
    """An empty answer teaches nothing."""
    path = tmp_path / "c.jsonl"
    rows = [{"question": "a", "answer": "b"}, {"question": "a", "answer": " "}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    assert len(read_corpus(path).examples) == 1


def test_an_unknown_row_format_is_named(tmp_path):
    """The error says which keys were found and which are read."""
    path = tmp_path / "c.jsonl"
    path.write_text('{"text": "a"}\n')

    with pytest.raises(BadInput, match=r"row 0 has the keys \['text'\]; expected `messages`"):
        read_corpus(path)


def _corpus(n=20):
    families = ("a", "b")
    return Corpus(
        "c", tuple(Example(f"{families[i % 2]}|{i}", f"p{i}", f"{families[i % 2]} answer {i}") for i in range(n))
    )


def test_shuffling_moves_every_answer_within_its_family():
    """No prompt keeps its own answer, and none gets one of another family."""
    before, after = _corpus(), shuffled(_corpus(), seed=1)

    assert all(a.answer != b.answer for a, b in zip(before.examples, after.examples, strict=True))
    assert sorted(e.answer for e in before.examples) == sorted(e.answer for e in after.examples)
    assert all(example.answer[0] == example.id[0] for example in after.examples)


def test_a_sample_is_seeded():
    """The same seed draws the same examples, another seed others."""
    draws = [sample(_corpus(), 8, seed).fingerprint for seed in (0, 0, 1)]

    assert draws[0] == draws[1] != draws[2]


def test_a_corpus_can_be_cut_to_the_prompts_of_another():
    """So that two arms of a comparison learn from the same prompts, in the same order."""
    external = Corpus("external", tuple(Example(str(n), f"prompt {n}", f"answer {n}") for n in range(4)))
    own = Corpus("own", tuple(Example(f"{n}#0", f"prompt {n}", "mine") for n in (2, 0)))
    cut = on_prompts_of(external, own)

    assert (cut.name, [example.answer for example in cut.examples]) == ("external", ["answer 0", "answer 2"])
    assert on_prompts_of(external, external) == external


def test_the_small_tiers_corpus_is_on_the_hub_too(monkeypatch):
    """Without a data folder `alpaca` is the hub's alpaca-cleaned, not an unknown name."""
    asked = []
    monkeypatch.setattr("harness.recover.corpora.hub_corpus", lambda *given: asked.append(given))
    named_corpus("alpaca", "small", None)

    assert asked == [("yahma/alpaca-cleaned", "alpaca")]
