"""Answers kept on disk, so that nothing is computed twice and nothing computed is lost.

One append-only JSON-lines file per model fingerprint. The key of an answer is a hash of the request, the tokenizer
and the chat template; the fingerprint covers weights, kept layers and dtype, so the answers of one variant can never
be taken for another's. A line cut short by a crash is skipped and recomputed.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.score.requests import (
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
)

Request = LogLikelihoodRequest | NextTokenRequest | GenerationRequest
Answer = LogLikelihood | NextToken | Generation
ANSWER_TYPES: Mapping[str, type[Answer]] = {kind.__name__: kind for kind in (LogLikelihood, NextToken, Generation)}
FORMAT = 1  # raised when scoring changes, so that old answers are not read


def request_key(request: Request, context: str) -> str:
    """32 hexadecimal digits naming a request; `context` names the tokenizer and template."""
    # options that are off are left out, so that a new option does not orphan the answers stored before it
    fields = {name: value for name, value in dataclasses.asdict(request).items() if value not in (None, False)}
    text = json.dumps([FORMAT, type(request).__name__, fields, context], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Store:
    """The stored answers of one model variant."""

    def __init__(self, folder: Path | None, fingerprint: str) -> None:
        """Open the answers of `fingerprint` in `folder`; without a folder, keep them in memory only."""
        self.path = folder / f"{fingerprint}.jsonl" if folder else None
        self.answers: dict[str, Answer] = {}
        self._read = 0  # bytes of the file
        self.refresh()

    def refresh(self) -> None:
        """Read what other processes have added since."""
        if self.path is None or not self.path.exists() or self.path.stat().st_size <= self._read:
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            added = file.read()
            self._read += len(added)
        for line in added.decode("utf-8", "replace").splitlines():
            try:
                row = json.loads(line)
                kind = ANSWER_TYPES[row["kind"]]
                self.answers[row["key"]] = kind(**_restore(row["answer"]))
            except (json.JSONDecodeError, KeyError, TypeError):
                continue  # cut short by a crash, or not written to its end yet: computed again

    def get(self, key: str) -> Answer | None:
        """The stored answer, if there is one."""
        return self.answers.get(key)

    def put(self, answers: Mapping[str, Answer]) -> None:
        """Keep answers, on disk before this returns.

        Raises:
            BadInput: the folder cannot be written.
        """
        self.answers.update(answers)
        if not self.path:
            return
        from filelock import FileLock

        lines = [
            json.dumps({"key": key, "kind": type(answer).__name__, "answer": dataclasses.asdict(answer)})
            for key, answer in answers.items()
        ]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock"), self.path.open("a", encoding="utf-8") as file:
                # a leading newline closes a line that a crash cut short
                file.write("\n" + "\n".join(lines) + "\n")
        except OSError as error:
            raise BadInput(
                f"--store {self.path.parent}: cannot be written ({error.strerror}); free space or name another folder: "
                f"answers stored so far are kept and will be reused"
            ) from error


def _restore(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON has no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
