"""What checks of all services share: views of inputs, known resources, values, documents, service models."""
