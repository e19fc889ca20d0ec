"""Lu et al. (2411.15558): after finetuning, removing the deepest layers is at least as good as a criterion's choice."""

import pytest

from .arms import decide, every_seed, own_answers

TITLE = "After recovery, the model without its deepest layers generates at least as well as without the criterion's"
MINIMUM = -0.05  # of retention: no worse than this


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_reverse_suffices_after_finetuning(subject, method, ratio, claim):
    """Same examples, same recipe, same seeds; retention without the deepest layers minus without the method's."""
    own = own_answers(subject)
    plans = {"reverse": subject.plan("reverse", ratio), "criterion": subject.plan(method, ratio)}
    decide(
        claim,
        subject,
        {name: every_seed(subject, plan, own) for name, plan in plans.items()},
        claim_id="reverse-suffices-after-finetuning",
        title=TITLE,
        minimum=MINIMUM,
        effect=f"generative retention, reverse - {method}",
        params={"method": method, "ratio": ratio},
        measurements={"removed": {name: plan.describe() for name, plan in plans.items()}},
    )
