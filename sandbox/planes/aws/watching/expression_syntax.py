"""The syntax of metric math: an expression's text becomes a tree.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')|(?P<mark>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],]))"
)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
LONGEST = 2_048
DEEPEST = 30
SPELLED = {"AND": "&&", "OR": "||"}
LEVELS = (("||",), ("&&",), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))
"""Operators from the loosest to the tightest."""


class ExpressionError(ValueError):
    """An expression that can't be read or computed; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is written out."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a query, or a keyword such as REPEAT."""

    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of time series."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator, with what it is applied to."""

    name: str
    arguments: "tuple[Node, ...]"


Node = Number | Text | Name | Listed | Call


def parse(expression: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: it is not one.
    """
    if len(expression) > LONGEST:
        msg = f"The expression has {len(expression)} characters, above {LONGEST}"
        raise ExpressionError(msg)
    parser = _Parser(_tokens(expression))
    found = parser.expression()
    parser.end()
    return found


def names(node: Node) -> set[str]:
    """Every name that an expression uses."""
    if isinstance(node, Name):
        return {node.value}
    inner = node.items if isinstance(node, Listed) else node.arguments if isinstance(node, Call) else ()
    return {name for part in inner for name in names(part)}


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, expression.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            msg = f"Unexpected character '{text[at:].lstrip()[:1]}' at position {at}"
            raise ExpressionError(msg)
        kind = match.lastgroup or ""
        found.append((kind, SPELLED.get(match[kind], match[kind])))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            msg = f"The expression is nested deeper than {DEEPEST}"
            raise ExpressionError(msg)
        found = self._level(0)
        self._depth -= 1
        return found

    def end(self) -> None:
        if self._at < len(self._tokens):
            self._unexpected()

    def _level(self, level: int) -> Node:
        tighter: Callable[[], Node] = self._negated if level + 1 == len(LEVELS) else lambda: self._level(level + 1)
        found = tighter()
        while self._mark() in LEVELS[level]:
            operator = self._take()
            found = Call(operator, (found, tighter()))
        return found

    def _negated(self) -> Node:
        signs = 0
        while self._mark() == "-":
            self._take()
            signs += 1
        found = self._power()
        return Call("negate", (found,)) if signs % 2 else found

    def _power(self) -> Node:
        found = self._atom()
        if self._mark() == "^":
            self._take()
            exponent = Call("negate", (self._atom(),)) if self._mark() == "-" and self._take() else self._atom()
            return Call("^", (found, exponent))
        return found

    def _atom(self) -> Node:
        kind, word = self._peek()
        if kind == "number":
            return Number(float(self._take()))
        if kind == "text":
            return Text(self._take()[1:-1])
        if kind == "word":
            self._take()
            return Call(word, self._until(")")) if self._mark() == "(" else Name(word)
        if word == "(":
            self._take()
            found = self.expression()
            self._want(")")
            return found
        if word == "[":
            return Listed(self._until("]"))
        return self._unexpected()

    def _until(self, closing: str) -> tuple[Node, ...]:
        self._take()
        found: list[Node] = []
        while self._mark() != closing:
            if found:
                self._want(",")
            found.append(self.expression())
        self._take()
        return tuple(found)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _mark(self) -> str:
        kind, word = self._peek()
        return word if kind == "mark" or word in SPELLED.values() else ""

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _want(self, mark: str) -> None:
        if self._mark() != mark:
            self._unexpected()
        self._take()

    def _unexpected(self) -> Node:
        _, word = self._peek()
        msg = f"Unexpected '{word}'" if word else "Unexpected end of the expression"
        raise ExpressionError(msg)
