"""Named experiments: something is broken while customers buy, put right again, and then the checker judges."""
