"""What the fixture `claim` is: it opens cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin.closing import Closing
from harness.plugin.planning import planning
from harness.subject.case import Case

if TYPE_CHECKING:
    from harness.decide.design import Design
    from harness.report.record import PaperFigure
    from harness.subject import Subject


OPENED: pytest.StashKey[Case] = pytest.StashKey()
"""The case that a check opened last."""


@dataclass(frozen=True)
class ClaimReporter:
    """Opens cases: one claim with one set of parameters."""

    request: pytest.FixtureRequest
    snapshot: Any

    def case(
        self,
        claim: "str | Design",
        params: dict[str, Any],
        *,
        paper: "PaperFigure | None" = None,
        seeds: Sequence[int] = (0,),
    ) -> Case:
        """A claim to be decided.

        Args:
            claim: the id of a registered design, or a design of your own (`harness.decide.design`).
            params: what the check was parametrised with.
            paper: what is reported elsewhere for the same quantity; None: what `baselines/` says, if anything.
            seeds: of what was trained or drawn at random, one result each.

        Raises:
            BadInput: the claim has no design, or a design of your own has the name of another one.
        """
        from harness.decide.designs import design_of, require_own_name
        from harness.decide.paper_designs import HEALED
        from harness.methods.dropped import in_layers
        from harness.report.paper import NONE, has_figures, paper_figure

        design = design_of(claim) if isinstance(claim, str) else claim
        require_own_name(design, HEALED)
        subject: Subject = self.request.getfixturevalue("subject")
        if why := subject.named(design.claim).nothing_left:
            pytest.skip(why)
        if isinstance(params.get("method"), str):
            params = params | {"method": in_layers(params["method"], subject.loaded.depth)}
        plan = planning(self.request.config)
        if plan:
            return plan.case(subject, design, params, seeds)  # type: ignore[return-value]  # what a check asks of one
        known = paper_figure(design.claim, subject.loaded.label) if has_figures(design.claim) else NONE
        figure = paper or known
        closing = Closing(self.request, self.snapshot, subject, design, params, figure, tuple(seeds))
        case = Case(subject, design, tuple(seeds), closing)
        self.request.node.stash[OPENED] = case
        return case
