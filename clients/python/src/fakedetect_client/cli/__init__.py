"""The command `fakedetect`: what a person types, and what a script reads."""
