"""What the shop and its stack agree on beside the contracts with clients, a module for each platform."""
