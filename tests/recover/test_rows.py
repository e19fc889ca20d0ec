import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.recover.rows import exchange_of

ASKED, ANSWERED = {"role": "user", "content": "2 + 2 ?"}, {"role": "assistant", "content": "4"}
PARTS = [{"type": "text", "text": "2 +"}, {"type": "text", "text": " 2 ?"}]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [ASKED, ANSWERED]},
        {"messages": [{"role": "user", "content": PARTS}, {"role": "assistant", "content": ["4"]}]},
        {"prompt": "2 + 2 ?", "completion": " 4"},
        {"prompt": [ASKED], "completion": [ANSWERED]},
        {"instruction": "2 + 2 ?", "input": "", "output": "4"},
        {"instruction": "2 + 2 ?", "input": None, "output": 4},
        {"question": "2 + 2 ?", "answer": "4"},
        {"messages": None, "prompt": "2 + 2 ?", "completion": None, "question": "2 + 2 ?", "answer": "4"},
    ],
    ids=["messages", "content parts", "completion", "completion in turns", "instruction", "a number", "question",
         "columns of others"],
)  # fmt: skip
def test_every_row_format_gives_the_same_exchange(row):
    """Chats, TRL's prompts, Alpaca rows and question-answer rows are all read."""
    assert exchange_of(row, 7) == ("2 + 2 ?", "4")


def test_an_input_is_part_of_the_prompt():
    """Alpaca's `input` follows the instruction."""
    assert exchange_of({"instruction": "add", "input": "2 and 2", "output": "4"}, 0)[0] == "add\n\n2 and 2"


def chat(*turns):
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


@pytest.mark.parametrize(
    ("row", "exchange"),
    [
        (chat(("user", "first"), ("assistant", "one"), ("user", "second"), ("assistant", "two")), ("first", "one")),
        (chat(("system", "be brief"), ("user", "first"), ("assistant", "one")), ("be brief\n\nfirst", "one")),
        (chat(("user", "a"), ("user", "b"), ("assistant", "one")), ("a\n\nb", "one")),
        (chat(("assistant", "hello"), ("user", "a"), ("assistant", "one")), ("a", "one")),
        (chat(("user", "a"), ("assistant", None), ("tool", "4")), ("a", "")),
        ({"messages": None}, ("", "")),
        ({"question": None, "answer": None}, ("", "")),
    ],
    ids=["two exchanges", "system turn", "two user turns", "a greeting", "a tool call", "no turns", "nothing"],
)
def test_what_a_conversation_comes_to(row, exchange):
    """The first exchange; instructions before it are kept; what has no text is empty, never the word None."""
    assert exchange_of(row, 0) == exchange


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "a"}, r"row 3 has the keys \['text'\]; expected `messages`, `prompt` and `completion`"),
        ({"messages": 5}, r"row 3: `messages` is the int 5; expected a list of turns"),
        ({"messages": ["a"]}, r"row 3: `messages`, turn 0 is the str 'a'; expected an object whose `role`"),
        (chat(("human", "a")), r"turn 0 is the dict .*'human'.*; expected an object whose `role` is one of system"),
        (chat(("user", [{"type": "image", "url": "u"}])), r"part 0 is the dict .*'image'.*; expected text or \{'type'"),
        ({"instruction": "a", "output": ["c"]}, r"row 3: `output` is the list \['c'\]; expected text"),
        ({"question": {"a": 1}, "answer": "b"}, r"row 3: `question` is the dict \{'a': 1\}; expected text"),
        ({"instruction": "a", "output": float("nan")}, r"row 3: `output` is the float nan; expected text"),
        ({"question": True, "answer": "b"}, r"row 3: `question` is the bool True; expected text"),
        ({"prompt": [ASKED, ANSWERED, ASKED], "completion": [ANSWERED]}, r"have the turns \['user', 'assistant', 'us"),
    ],
)
def test_what_is_no_text_is_refused(row, message):
    """The row, the field and the value are named."""
    with pytest.raises(BadInput, match=message):
        exchange_of(row, 3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
FIELDS = ("messages", "prompt", "completion", "instruction", "input", "output", "question", "answer", "role", "content")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_row_is_read_or_refused(row):
    """No row of JSON ends in another error, and nothing but its own text is trained on."""
    try:
        prompt, answer = exchange_of(row, 0)
    except BadInput:
        return
    assert isinstance(prompt, str)
    assert isinstance(answer, str)
