"""What is deployed: one program an architecture and the settings they read."""
