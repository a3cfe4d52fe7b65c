"""Message move tasks: dead letters brought home, or to another queue, at a steady rate."""
