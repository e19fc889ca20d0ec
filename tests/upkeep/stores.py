"""What tests do to a store."""

from harness.journal import lines_in, row_in, written


def rewritten(path, **changes):
    """Writes every line of a file anew, with other values."""
    rows = [row_in(line) for _, line in lines_in(path.read_bytes())]
    path.write_bytes(
        b"".join(written({**row, **{k: v for k, v in changes.items() if k in row}}) + b"\n" for row in rows)
    )
