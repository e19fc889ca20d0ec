"""How a case ends: what a check of pytest, or a command, makes of its verdict."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from harness.decide.design import VerdictName
    from harness.decide.testable import Decidability
    from harness.report.items import Results
    from harness.report.record import Effect


class NotTestable(Exception):  # noqa: N818  # an outcome of a check, like pytest's own, and no error
    """Ends a case whose claim the base alone shows to be undecidable; its row is written."""


class Closing(Protocol):
    """How a case ends: what is made of its verdict."""

    def record(
        self,
        verdict: "VerdictName",
        reason: str,
        effect: "Effect | None",
        p_value: float | None,
        n_items: int,
        results: "Results",
        measurements: dict[str, Any],
        ground: "Decidability | None",
    ) -> Any:  # noqa: ANN401  # what `close` gets
        """The row."""

    def close(self, record: Any, results: "Results", shown: Sequence[str]) -> None:  # noqa: ANN401  # its own row
        """Keep the row and end the case as its verdict says."""
