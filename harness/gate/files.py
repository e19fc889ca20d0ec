"""The gate's answer for programs: JSON, and JUnit's XML for what shows tests. Pure."""

import json
import re
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

from harness.decide.digits import in_words
from harness.gate.decision import Decision, Row
from harness.gate.logged import Log

SCHEMA = 1
_ILLEGAL = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def in_json(decision: Decision, base: Log, new: Log) -> str:
    """All of it: verdict, sentence, every row with its interval and p-values, what was compared."""
    content: dict[str, Any] = {
        "schema": SCHEMA,
        **asdict(decision),
        **{which: {"source": log.source, "tool": log.tool, "model": log.model} for which, log in
           (("base", base), ("new", new))},
    }  # fmt: skip
    return json.dumps(_finite(content), indent=1, allow_nan=False) + "\n"


def in_junit(decision: Decision) -> str:
    """A test case a row, and `gate` for the whole: broken fails, undecided is skipped; the whole fails unless kept."""
    suite = ET.Element("testsuite", name="harness gate", tests=str(len(decision.rows) + 1))
    for row in decision.rows:
        case = ET.SubElement(suite, "testcase", classname="harness.gate", name=_legal(row.name))
        if row.verdict == "broken":
            ET.SubElement(case, "failure", message=_legal(_measured(row, decision.keeps)))
        elif row.verdict != "kept":
            ET.SubElement(case, "skipped", message=_legal(row.why or _measured(row, decision.keeps)))
    whole = ET.SubElement(suite, "testcase", classname="harness.gate", name="gate")
    if decision.verdict != "kept":
        kind = "failure" if decision.verdict == "broken" else "error"
        ET.SubElement(whole, kind, message=_legal(f"{decision.verdict}: {decision.sentence}"))
    counts = {name: str(len(suite.findall(f"testcase/{tag}"))) for name, tag in
              (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))}  # fmt: skip
    suite.attrib.update(counts)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _measured(row: Row, keeps: float) -> str:
    found = row.retention
    return f"{row.verdict}: keeps {in_words(found.estimate, found.low, found.high, keeps)}" if found else row.verdict


def _legal(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold: control characters, surrogates, U+FFFE and U+FFFF."""
    return _ILLEGAL.sub("", text)


def _finite(value: Any) -> Any:  # noqa: ANN401  # JSON
    """Ends that do not exist as null."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0 else value
