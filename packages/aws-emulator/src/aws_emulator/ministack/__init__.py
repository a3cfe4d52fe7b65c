"""The emulator that supplements are put into: its private names, what a supplement is, the middleware around it."""
