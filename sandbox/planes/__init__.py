"""The data planes: what they are and how they are run."""
