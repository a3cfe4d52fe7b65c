"""The invariants I1 to I10, each a pure function from the evidence of a run to what is wrong with it."""
