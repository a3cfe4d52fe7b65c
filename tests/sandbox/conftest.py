"""The helpers of these tests are found in the folders that use them."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("host", "aws/checks", "aws/handlers")]
