"""Hadamard matrices: rotations all of whose entries have one size.

Sylvester's construction doubles the order of one; Paley's (1933) makes one of order q + 1 for a prime q = 3 mod 4, and
one of order 2 (q + 1) for a prime q = 1 mod 4, from which numbers are squares modulo q. Together they have the
widths of the families that are pruned here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Signs = list[list[int]]


def hadamard(order: int) -> "torch.Tensor | None":
    """Return an orthogonal matrix (order, order), float64, whose entries are all of size 1 / sqrt(order).

    It is doubled from the smallest one that leads to this order; None where none is made by these constructions.

    Args:
        order: 1 or more.
    """
    import torch

    smallest, doublings = order, 0
    while smallest % 2 == 0:
        smallest, doublings = smallest // 2, doublings + 1
    for times in range(doublings, -1, -1):
        signs = paley(order >> times)
        if signs is not None:
            break
    else:
        return None
    matrix, pair = torch.tensor(signs, dtype=torch.float64), torch.tensor([[1, 1], [1, -1]], dtype=torch.float64)
    for _ in range(times):
        matrix = torch.kron(pair, matrix)
    turn: torch.Tensor = matrix / order**0.5
    return turn


def paley(order: int) -> "Signs | None":
    """Return Paley's matrix of signs, +1 and -1; None where he has none of this order. Pure."""
    if order == 1:
        return [[1]]
    if order % 4 == 0 and _is_prime(order - 1):
        return _first(order - 1)
    if order % 4 == 0 and _is_prime(order // 2 - 1) and (order // 2 - 1) % 4 == 1:
        return _second(order // 2 - 1)
    return None


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % factor for factor in range(2, int(number**0.5) + 1))


def _bordered(q: int, side: int) -> "Signs":
    """Whether i - j is a square modulo q (1), none (-1) or 0, behind a first row of 1 and a first column of `side`."""
    squares = {number * number % q for number in range(1, q)}
    sign = [0, *(1 if number in squares else -1 for number in range(1, q))]
    return [[0, *[1] * q], *([side, *(sign[(i - j) % q] for j in range(q))] for i in range(q))]


def _first(q: int) -> "Signs":
    return [[entry + (i == j) for j, entry in enumerate(row)] for i, row in enumerate(_bordered(q, -1))]


def _second(q: int) -> "Signs":
    def block(entry: int) -> "Signs":
        return [[1, -1], [-1, -1]] if entry == 0 else [[entry, entry], [entry, -entry]]

    rows = [[block(entry) for entry in row] for row in _bordered(q, 1)]
    return [[sign for pair in row for sign in pair[half]] for row in rows for half in range(2)]
