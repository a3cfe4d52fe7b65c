"""What the command knows of each architecture: a folder each, found by its name."""
