"""Where a graph comes from: mocks, a deployment's state, the policy SDK."""
