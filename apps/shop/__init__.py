"""The sample shop, written once for every architecture."""
