"""Filter patterns of CloudWatch Logs: terms, phrases, and JSON in braces; spaced fields in brackets are not evaluated.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import functools
import re
from collections.abc import Callable

from sandbox.planes.aws.watching import json_patterns
from sandbox.planes.aws.watching.json_patterns import PatternError

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
LONGEST = 1_024
TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|(%[^%]+%)|([^\s"]+))')
Test = Callable[[str], bool]


@functools.lru_cache(maxsize=512)
def matcher(pattern: str) -> Test:
    """Whether a message fits a pattern; terms are case-sensitive, and an empty pattern fits all.

    Raises:
        PatternError: it is not one, or one that is not evaluated here.
    """
    text = pattern.strip()
    if len(text) > LONGEST:
        msg = f"the pattern has {len(text)} letters, above {LONGEST}"
        raise PatternError(msg)
    if not text:
        return lambda _: True
    if text.startswith("["):
        msg = "patterns for fields between spaces ([a, b]) are not evaluated in the sandbox; use terms or JSON"
        raise PatternError(msg)
    if text.startswith("{"):
        test = json_patterns.compiled(text)

        def fits(message: str) -> bool:
            document = json_patterns.parsed(message)
            return document is not None and test(document)

        return fits
    return _terms(text)


def _terms(text: str) -> Test:
    wanted: list[Test] = []
    unwanted: list[Test] = []
    either: list[Test] = []
    at = 0
    while at < len(text):
        match = TERM.match(text, at)
        if match is None:
            msg = f"unexpected '{text[at:].strip()[:10]}'"
            raise PatternError(msg)
        sign, quoted, expression, bare = match.groups()
        kept = {"-": unwanted, "?": either, "": wanted}[sign]
        kept.append(_regex(expression) if expression else _contains(bare or re.sub(r"\\(.)", r"\1", quoted or "")))
        at = match.end()

    def fits(message: str) -> bool:
        # Beside terms that must all be there, those with a question mark say nothing.
        enough = (
            all(test(message) for test in wanted) if wanted or not either else any(test(message) for test in either)
        )
        return enough and not any(test(message) for test in unwanted)

    return fits


def _contains(term: str) -> Test:
    return lambda message: term in message


def _regex(term: str) -> Test:
    try:
        expression = re.compile(term[1:-1])
    except re.error as error:
        msg = f"{term} is no regular expression: {error}"
        raise PatternError(msg) from error
    return lambda message: expression.search(message) is not None
