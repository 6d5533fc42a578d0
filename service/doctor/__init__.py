"""What `tiering doctor` looks at: a deployment from outside, without writing anything."""
