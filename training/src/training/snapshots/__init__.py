"""Sources that change: read once, kept as an immutable snapshot, trained from that.

`take` is the way in; docs/changing-data.md tells users, the architecture decision 56 why it is so.
"""
