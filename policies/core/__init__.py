"""The rule core: a typed resource graph, rules on it, and one evaluation. It knows no cloud and no SDK."""
