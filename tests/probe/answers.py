"""Answers of known repetition."""

from harness.tasks.outcome import Outcome, TaskResult


def outcome(response, finish="stop", score=0.0, item_id="item", tokens=0):
    return Outcome(item_id, score, "right" if score else "wrong", response, finish=finish, tokens=tokens)


def result(*outcomes):
    return TaskResult("word_problems", "number", 0.0, outcomes)


CLEAN, MIDDLE, REPETITIVE = "a b c d e f", "a b a b c d", "a a a a a a"
