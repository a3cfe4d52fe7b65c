"""A table whose capacity stays what it is."""

import good

# finds: aws-sca-07 Table 'orders': its capacity is provisioned and 0 of 2 scale
good.table("orders", billing_mode="PROVISIONED", read_capacity=5, write_capacity=5)
