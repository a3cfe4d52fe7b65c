"""Load from many machines: one plan in shards, a worker and a ledger for each, and one verdict on all."""
