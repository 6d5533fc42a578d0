"""The rows of a partition made anew from its log; what differs from what was published is announced."""
