"""Files that are made from code for AWS alone."""

from scripts.aws.taggable import taggable

GENERATED = {"policies/platforms/aws/tags/taggable.txt": taggable}
"""Path -> what makes the text; `scripts.generate` finds it."""
