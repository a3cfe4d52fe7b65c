"""A queue that forgets what always fails."""

import good

# finds: aws-res-02 Queue 'orders': has no dead-letter queue (0 of 1)
good.queue("orders", good.topic(), dead=None)
