"""Kinds of grade-school word problems, and how one of them is drawn by seed."""

from harness.tasks.problems.counting import COUNTING
from harness.tasks.problems.measures import MEASURES
from harness.tasks.problems.money import MONEY

KINDS = (*COUNTING, *MONEY, *MEASURES)
