"""What the shop is about: money, orders, stock, events. Pure."""
