"""Answers kept on disk, so that nothing is computed twice and nothing computed is lost.

One append-only file per model fingerprint, one JSON object per line. The first, and one wherever another machine or
other code went on, says with which versions, on which device and by which code those answers were made that name it,
and what the model was called (`harness store ls` lists them). Every line carries a checksum of
its own text: a damaged one is named, set aside and computed again; one that a crash cut short is computed again.

The key of an answer is a hash of all that it depends on beside the model: the request, what was really asked (token
ids), what ends it, the tokenizer that decodes it, and the code that answers (`harness.rules`).
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import files
from harness.journal import Journal
from harness.rules import rules
from harness.score.lines import answer_of
from harness.text.requests import Answer, Request, Sampling

_BUSY = ".busy"  # locked while a process computes a batch of answers


def request_key(request: Request, context: object) -> str:
    """32 hexadecimal digits naming a question; `context` is all else that its answer depends on, in JSON's types."""
    # options that are off are left out, so that a new option does not orphan the answers stored before it
    fields: dict[str, Any] = {
        name: dataclasses.asdict(value) if isinstance(value, Sampling) else value
        for name, value in vars(request).items()
        if value is not None and value is not False
    }
    text = json.dumps([rules("answers"), type(request).__name__, fields, context], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Store:
    """The stored answers of one model variant."""

    def __init__(
        self,
        folder: Path | None,
        fingerprint: str,
        made: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = files.say,
        name: str = "",
    ) -> None:
        """Open the answers of `fingerprint` in `folder`; without a folder, keep them in memory only.

        Args:
            folder: of all variants' answers.
            fingerprint: of this variant.
            made: versions, device and dtype of the answers that will be put.
            tell: gets a line where something is damaged or waited for.
            name: of this variant, for people.

        Raises:
            BadInput: the file is there and cannot be read.
        """
        self.path = folder / f"{fingerprint}.jsonl" if folder else None
        self._journal = Journal(self.path, self.take, tell) if self.path else None
        self.made, self.tell, self.name = dict(made or {}), tell, name
        self.answers: dict[str, Answer] = {}
        self._by: dict[str, str] = {}  # key -> who made the answer
        self._makers: dict[str, dict[str, str]] = {}
        self._heads: set[tuple[str, str]] = set()  # who made answers, and what the model was called
        parts = json.dumps([self.made, rules("answers")], sort_keys=True)
        self._me = hashlib.sha256(parts.encode()).hexdigest()[:8]
        if self.path is not None:
            files.sweep_locks(self.path.parent, f"{fingerprint}-*{_BUSY}")
        self.refresh()

    def refresh(self) -> None:
        """Read what other processes have added since.

        Raises:
            BadInput: the file cannot be read.
        """
        if self._journal is not None:
            self._journal.refresh()

    def take(self, row: Mapping[str, Any]) -> bool:
        """Keep what a line says; whether it is one of ours."""
        match row:
            case {"made": dict(made), "by": str(by)}:
                self._makers[by] = made
                self._heads.add((by, str(row.get("model", ""))))
            case {"key": str(key), "kind": str(kind), "answer": dict(fields), "by": str(by)}:
                answer = answer_of(kind, fields)
                if answer is None:
                    return False
                self.answers[key], self._by[key] = answer, by
            case _:
                return False
        return True

    def get(self, key: str) -> Answer | None:
        """The stored answer, if there is one."""
        return self.answers.get(key)

    def maker(self, key: str) -> dict[str, str] | None:
        """Versions, device and dtype that an answer was made with; None where they are those of this process."""
        by = self._by.get(key, self._me)
        made = self.made if by == self._me else self._makers.get(by, {"versions": "unknown"})
        return None if made == self.made else made

    def put(self, answers: Mapping[str, Answer]) -> None:
        """Keep answers, on disk before this returns.

        Raises:
            BadInput: the folder cannot be written.
        """
        self.answers.update(answers)
        self._by.update(dict.fromkeys(answers, self._me))
        if self._journal is None:
            return
        rows: list[dict[str, Any]] = [
            {"key": key, "kind": type(answer).__name__, "answer": vars(answer), "by": self._me}
            for key, answer in answers.items()
        ]
        if (self._me, self.name) not in self._heads:
            rows.insert(0, {"made": self.made, "by": self._me, "rules": rules("answers"), "model": self.name})
        self._journal.append(rows, "writing answers")
        self._heads.add((self._me, self.name))
        self._makers.setdefault(self._me, self.made)

    @contextmanager
    def working_on(self, keys: Sequence[str], *, wait: bool) -> Iterator[bool]:
        """While open, other processes leave the answers of `keys` to this one; what they added before is read first.

        Args:
            keys: of a batch.
            wait: whether to wait for a process that works on the same batch.

        Yields:
            False where another process works on them and this one does not wait.
        """
        if self.path is None:
            yield True
            return
        name = hashlib.sha256(" ".join(sorted(keys)).encode()).hexdigest()[:16]
        path = self.path.parent / f"{self.path.stem}-{name}{_BUSY}"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = files.taken(path)
            if lock is None and wait:
                with files.alone(path, "a batch of answers", tell=self.tell):
                    pass
                lock = files.taken(path)
        except OSError:  # `put` says what cannot be written
            yield True
            return
        if lock is None and not wait:
            yield False
            return
        try:
            self.refresh()
            yield True
        finally:
            if lock is not None:
                path.unlink(missing_ok=True)
                lock.release()
