"""Dead letters: found in their topics, chosen, shown, sent back where they came from."""
