"""The invariants I1 to I10, each a pure function from what the client was told and what the stores hold to offences."""
