"""The local cloud: an embedded engine, provider handlers and the data planes behind them, on loopback only."""
