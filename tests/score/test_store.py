"""Answers on disk, shared by processes."""

from harness.score.requests import Generation, GenerationRequest, LogLikelihood, LogLikelihoodRequest
from harness.score.store import Store, request_key

ANSWER = LogLikelihood(-1.5, is_greedy=True)


def test_what_another_process_adds_is_seen_after_a_refresh(tmp_path):
    """Two stores of one fingerprint share a file."""
    first, second = Store(tmp_path, "f"), Store(tmp_path, "f")
    first.put({"a": ANSWER})

    assert second.get("a") is None
    second.refresh()
    assert second.get("a") == ANSWER
    second.put({"b": Generation("x", 1, "stop")})
    first.refresh()
    assert first.get("b") == Generation("x", 1, "stop")


def test_another_models_answers_are_not_seen(tmp_path):
    """One file a fingerprint."""
    Store(tmp_path, "f").put({"a": ANSWER})

    assert Store(tmp_path, "g").get("a") is None


def test_a_line_cut_short_is_computed_again_and_harms_no_other(tmp_path):
    """A crash in the middle of a line loses that answer only."""
    store = Store(tmp_path, "f")
    store.put({"a": ANSWER})
    text = store.path.read_text()
    store.path.write_text(text + text.strip()[:20])
    Store(tmp_path, "f").put({"b": ANSWER})

    read = Store(tmp_path, "f")
    assert (read.get("a"), read.get("b")) == (ANSWER, ANSWER)


def test_keys_name_requests_tokenizers_and_forms():
    """The same words asked otherwise are another question."""
    plain, chat = GenerationRequest("hi", 5, chat=False), GenerationRequest("hi", 5)

    assert request_key(plain, "t") != request_key(chat, "t") != request_key(chat, "u")
    assert request_key(LogLikelihoodRequest("a", "b"), "t") != request_key(LogLikelihoodRequest("ab", ""), "t")
