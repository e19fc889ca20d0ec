"""One module a tool; importing this package registers them all in `harness.gate.reader.READERS`."""

from harness.gate.readers import inspect_log, lighteval, lm_eval, ours, table

__all__ = ["inspect_log", "lighteval", "lm_eval", "ours", "table"]
