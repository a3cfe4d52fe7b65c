r"""Filter patterns for JSON: `{ $.level = "ERROR" && $.latency >= 500 }`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<regex>%[^%]+%)|(?P<selector>\$(?:\.[\w-]+|\[\d+\]|\["[^"]*"\]|\.\*)*)'
    r"|(?P<mark>&&|\|\||!=|>=|<=|=|<|>|\(|\))|(?P<word>[^\s()=<>!&|\"]+))"
)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
STEP = re.compile(r'\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]')
DEEPEST = 30
ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
Test = Callable[[Any], bool]
_NOTHING = object()


class PatternError(ValueError):
    """A pattern that can't be read; the message says where."""


def compiled(pattern: str) -> Test:
    """Whether a parsed message fits a pattern in braces.

    Raises:
        PatternError: it is not one.
    """
    body = pattern.strip()
    if not (body.startswith("{") and body.endswith("}")):
        msg = f"a JSON pattern stands in braces, not '{pattern}'"
        raise PatternError(msg)
    parser = _Parser(_tokens(body[1:-1]))
    found = parser.any()
    parser.end()
    return found


def selected(document: Any, selector: str) -> Any:
    """What a selector points to; None where there is nothing."""
    found = _selected(document, selector)
    return None if found is _NOTHING else found


def parsed(message: str) -> Any:
    """A message as JSON; None where it is none. A function's log line may have words before it."""
    start = message.find("{")
    if start < 0:
        return None
    try:
        return json.loads(message[start:])
    except ValueError:
        return None


def _selected(document: Any, selector: str) -> Any:
    at = document
    for name, index, quoted in STEP.findall(selector):
        if index:
            at = at[int(index)] if isinstance(at, list) and int(index) < len(at) else _NOTHING
        else:
            at = at.get(name or quoted, _NOTHING) if isinstance(at, dict) else _NOTHING
        if at is _NOTHING:
            return _NOTHING
    return at


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, whole = 0, text.rstrip()
    while at < len(whole):
        match = TOKEN.match(whole, at)
        if match is None:
            msg = f"unexpected '{whole[at:].strip()[:10]}'"
            raise PatternError(msg)
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def any(self) -> Test:
        tests = [self._all()]
        while self._peek() == ("mark", "||"):
            self._take()
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def end(self) -> None:
        if self._at < len(self._tokens):
            self._unexpected()

    def _all(self) -> Test:
        tests = [self._one()]
        while self._peek() == ("mark", "&&"):
            self._take()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        if self._peek() == ("mark", "("):
            self._depth += 1
            if self._depth > DEEPEST:
                msg = f"nested deeper than {DEEPEST}"
                raise PatternError(msg)
            self._take()
            found = self.any()
            if self._take() != ("mark", ")"):
                self._unexpected()
            self._depth -= 1
            return found
        kind, selector = self._take()
        if kind != "selector":
            self._unexpected()
        return self._condition(selector)

    def _condition(self, selector: str) -> Test:
        kind, word = self._take()
        upper = word.upper()
        if upper == "EXISTS":
            return lambda document: _selected(document, selector) is not _NOTHING
        if upper == "NOT" and self._take()[1].upper() == "EXISTS":
            return lambda document: _selected(document, selector) is _NOTHING
        if upper == "IS":
            wanted = {"TRUE": True, "FALSE": False, "NULL": None}
            name = self._take()[1].upper()
            if name not in wanted:
                self._unexpected()
            return lambda document: _selected(document, selector) is wanted[name]
        if kind != "mark" or word in {"(", ")", "&&", "||"}:
            self._unexpected()
        return _compared(selector, word, *self._take())

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _take(self) -> tuple[str, str]:
        found = self._peek()
        self._at += 1
        return found

    def _unexpected(self) -> None:
        word = self._tokens[self._at - 1][1] if 0 < self._at <= len(self._tokens) else "the end"
        msg = f"unexpected '{word}'"
        raise PatternError(msg)


def _compared(selector: str, mark: str, kind: str, value: str) -> Test:
    if kind not in {"text", "word", "regex"}:
        msg = f"'{mark}' of {selector} needs a value"
        raise PatternError(msg)
    if mark in ORDER:
        if not NUMBER.fullmatch(value):
            msg = f"'{mark}' of {selector} compares numbers, not '{value}'"
            raise PatternError(msg)
        limit, order = float(value), ORDER[mark]
        return lambda document: _ordered(_selected(document, selector), limit, order)
    fits = _fitting(kind, value)

    def test(document: Any) -> bool:
        found = _selected(document, selector)
        if found is _NOTHING or found is None or isinstance(found, dict | list):
            return False  # the message's format does not fit the pattern
        return fits(found) == (mark == "=")

    return test


def _fitting(kind: str, value: str) -> Test:
    if kind == "regex":
        try:
            expression = re.compile(value[1:-1])
        except re.error as error:
            msg = f"{value} is no regular expression: {error}"
            raise PatternError(msg) from error
        return lambda found: expression.search(str(found)) is not None
    text = re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "text" else value
    number = float(value) if kind == "word" and NUMBER.fullmatch(value) else None
    wild = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)

    def fits(found: Any) -> bool:
        if isinstance(found, bool):
            return text == str(found).lower()
        if number is not None and isinstance(found, int | float):
            return found == number
        return wild.fullmatch(str(found)) is not None

    return fits


def _ordered(found: Any, limit: float, order: Callable[[float, float], bool]) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and order(found, limit)
