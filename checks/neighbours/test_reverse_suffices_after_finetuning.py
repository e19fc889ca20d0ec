"""Lu et al. (2411.15558): after finetuning, removing the deepest layers is at least as good as a criterion's choice."""

import pytest

from .arms import arm, decide, opened


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_reverse_suffices_after_finetuning(subject, method, ratio, claim):
    """Same examples, same recipe, same seeds; retention without the deepest layers minus without the method's."""

    def arms():
        plans = {"reverse": subject.plan("reverse", ratio), "criterion": subject.plan(method, ratio)}
        return [arm(subject, name, plan, subject.recoveries.own_answers) for name, plan in plans.items()]

    decide(
        opened(claim, "reverse-suffices-after-finetuning", subject, method, ratio),
        subject,
        arms,
        effect=f"generative retention, reverse - {method}",
        measured=lambda *both: {"removed": {arm.name: arm.before.describe() for arm in both}},
    )
