"""What the shop does, through ports alone."""
