"""Comments on a pull request, through GitHub's own client; this never sees the token, which `gh` reads itself."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from scaleshop.errors import CommandError, Exit

LONGEST_WAIT = 60
"""Seconds for one call."""
# `gh` puts owner and name in the place of the braces, from GH_REPO or the working copy.
COMMENTS = "repos/{owner}/{repo}/issues"


def put_comment(pull_request: int, body: str) -> str:
    """Post a comment, or replace the one that begins with the same line; its address.

    Raises:
        CommandError: there is no `gh`, or GitHub refuses.
    """
    listed = _gh(f"{COMMENTS}/{pull_request}/comments?per_page=100", "--paginate", "--jq", ".[] | {id, body}")
    first = body.split("\n", 1)[0]
    comments: Sequence[Mapping[str, Any]] = [json.loads(line) for line in listed.splitlines() if line]
    ours = next((one["id"] for one in comments if str(one["body"]).split("\n", 1)[0].strip() == first), None)
    where = f"{COMMENTS}/{pull_request}/comments" if ours is None else f"{COMMENTS}/comments/{ours}"
    method = "POST" if ours is None else "PATCH"
    answer = _gh(where, "--method", method, "--input", "-", "--jq", ".html_url", sent=json.dumps({"body": body}))
    return answer.strip()


def _gh(*arguments: str, sent: str | None = None) -> str:
    program = shutil.which("gh")
    if program is None:
        msg = "GitHub's client `gh` is not on PATH; install it (https://cli.github.com), or print the comment instead."
        raise CommandError(msg, Exit.ENVIRONMENT)
    try:
        done = subprocess.run(
            [program, "api", *arguments], input=sent, capture_output=True, text=True, timeout=LONGEST_WAIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"GitHub did not answer within {LONGEST_WAIT} s.", Exit.ENVIRONMENT) from None
    if done.returncode:
        msg = f"GitHub refused: {done.stderr.strip() or done.stdout.strip()}. The job needs `pull-requests: write`."
        raise CommandError(msg, Exit.FAILED)
    return done.stdout
