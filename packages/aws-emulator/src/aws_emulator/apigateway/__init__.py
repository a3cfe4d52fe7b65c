"""HTTP APIs: what API Gateway does between a client and a function."""
