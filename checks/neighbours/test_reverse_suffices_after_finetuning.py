"""Lu et al. (2411.15558): after finetuning, removing the deepest layers is at least as good as a criterion's choice."""

import pytest

from .arms import arm, asked, decide, own_answers


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_reverse_suffices_after_finetuning(subject, method, ratio, claim):
    """Same examples, same recipe, same seeds; retention without the deepest layers minus without the method's."""
    case, base = asked(claim, "reverse-suffices-after-finetuning", subject, method, ratio)
    plans, own = (
        {"reverse": subject.plan("reverse", ratio), "criterion": subject.plan(method, ratio)},
        own_answers(subject),
    )
    decide(
        case,
        base,
        subject,
        *(arm(subject, name, plan, own) for name, plan in plans.items()),
        effect=f"generative retention, reverse - {method}",
        measurements={"removed": {name: plan.describe() for name, plan in plans.items()}},
    )
