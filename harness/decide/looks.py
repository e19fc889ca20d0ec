"""How many items a look has, and what is paid for looking more than once. Pure.

A claim is decided at the first look whose interval lies on one side of the minimum. Every look's interval is made with
the error of one run divided by the number of looks (Bonferroni), so that together they err no more often than one look
at everything, whatever the looks have in common. A boundary that knows their correlation would be 3 to 5 % narrower
(Pocock's constant for six looks is 2.55 standard errors, this one 2.64), and would have to assume that the tasks of a
claim are the same at every look. They are not: a task speaks as soon as the base is seen to do better than guessing.
"""

from harness.decide.design import BOTH, Design
from harness.decide.verdict import Judgement

FIRST_LOOK = 25  # items per task
GROWS = 2
WORTH = 1.5  # times as many items must still be to come, or a look is left out


def looks_at(most: int) -> tuple[int, ...]:
    """Items per task at each look: 25, 50, 100 and so on, the last of them `most`."""
    looks, items = list[int](), FIRST_LOOK
    while items * WORTH <= most:
        looks.append(items)
        items *= GROWS
    return (*looks, most)


def settled(design: Design, judged: Judgement) -> bool:
    """Whether no further look is needed: the claim is decided, or a condition of it surely does not hold.

    A variant that answers nothing on 25 items need not be asked 400 to find out that it answers nothing. Of a sweep
    another layer may meet the condition, so there it settles nothing.
    """
    if judged.verdict in BOTH:
        return True
    if judged.verdict != "not testable" or design.sweep:
        return False
    measured = [(condition, judged.conditions.get(condition.name)) for condition in design.conditions]
    return any(
        set(condition.blocks) == set(BOTH) and seen is not None and seen.high <= condition.least
        for condition, seen in measured
    )
