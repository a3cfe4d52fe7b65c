"""The sandbox of AWS: its data plane, the handlers of its resource types, their checks, and the contract they keep."""
