"""What runs on the architectures: the sample shop, its storefront and its contracts."""
