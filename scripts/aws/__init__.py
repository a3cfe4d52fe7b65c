"""Files that are made from code for AWS alone."""

from scripts.aws.quotas_page import quotas_page
from scripts.aws.taggable import taggable

GENERATED = {"docs/reference/aws/quotas.md": quotas_page, "policies/platforms/aws/tags/taggable.txt": taggable}
"""Path -> what makes the text; `scripts.generate` finds it."""
