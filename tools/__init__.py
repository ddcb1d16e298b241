"""What whoever releases the project needs, and no installation does."""
