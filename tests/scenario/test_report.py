"""Reports: the closing line, JSON by its published schema, JUnit as XML."""

import json
import re
from importlib.resources import files
from xml.etree import ElementTree as ET

import pytest

from thpsh.scenario import report
from thpsh.scenario.replay import Outcome, Place
from thpsh.scenario.runner import Result

HELD = Outcome(held=True, text="expect a == 1", expected="1", found="1", place=Place("a.thp", 3))
FAILED = Outcome(
    held=False, text="expect <b> & 'c' == 2", expected="== 2", found="3\x01", events=("[0] x",), place=Place("a.thp", 4)
)
SKIPPED = Outcome(held=True, text="expect d == 3", skipped=True, place=Place("a.thp", 5))
RESULT = Result("a.thp", "A <title>", 7, (HELD, FAILED, SKIPPED))
GOOD = Result("b.thp", "B", 2, (HELD, HELD))


def test_the_closing_line_counts_what_was_checked():
    assert report.closing_line([GOOD]) == "all 2 expectations held"
    assert report.closing_line([RESULT, GOOD]) == "1 of 4 expectations failed"
    assert report.closing_line([]) == "all 0 expectations held"


def conforms(value, schema, root):
    """A structural check of the part of JSON Schema that the report uses."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "const" in schema:
        return value == schema["const"]
    if "enum" in schema:
        return value in schema["enum"]
    if schema["type"] == "object":
        return (
            isinstance(value, dict)
            and set(schema["required"]) <= set(value) <= set(schema["properties"])
            and all(conforms(value[key], schema["properties"][key], root) for key in value)
        )
    if schema["type"] == "array":
        return isinstance(value, list) and all(conforms(item, schema["items"], root) for item in value)
    if schema["type"] == "integer":
        return type(value) is int and value >= schema.get("minimum", value)
    return schema["type"] == "string" and isinstance(value, str)


def schema():
    return json.loads((files("thpsh.scenario") / "report.schema.json").read_text(encoding="utf-8"))


def test_the_json_report_is_what_the_schema_says():
    found = json.loads(report.as_json([RESULT, GOOD]))
    assert conforms(found, schema(), schema())
    assert (found["expectations"], found["failed"]) == (4, 1)
    assert [outcome["result"] for outcome in found["scenarios"][0]["outcomes"]] == ["held", "failed", "skipped"]
    assert found["scenarios"][0]["outcomes"][1]["line"] == 4


@pytest.mark.parametrize("broken", [{"failed": -1}, {"format": 2}, {"extra": 1}, {"scenarios": [{"file": "x"}]}])
def test_the_schema_refuses_other_reports(broken):
    assert not conforms({**json.loads(report.as_json([GOOD])), **broken}, schema(), schema())


def test_the_junit_report_is_xml_with_every_expectation():
    root = ET.fromstring(report.as_junit([RESULT, GOOD]))
    assert (root.get("tests"), root.get("failures")) == ("5", "1")
    suite = root.find("testsuite")
    assert suite.get("name") == "A <title>"
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases][1] == "line 4: expect <b> & 'c' == 2"
    assert "expected == 2, found 3" in cases[1].find("failure").get("message")
    assert cases[2].find("skipped") is not None
    assert not re.search("[\x00-\x08]", report.as_junit([RESULT]))
