"""Lambda functions, one module each."""
