"""What a running role says in words: a closed list of events, a line each, for people or as JSON."""
