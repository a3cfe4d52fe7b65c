"""Scripts that run in the emulator's interpreter, where nothing of ours can be imported."""
