"""What is made of facts: a line each, with the step that mends it."""
