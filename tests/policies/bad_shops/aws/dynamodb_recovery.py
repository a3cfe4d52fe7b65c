"""A table that cannot be brought back."""

import good

# finds: aws-res-11 Table 'orders': point-in-time recovery is off
good.table("orders", point_in_time_recovery={"enabled": False})
