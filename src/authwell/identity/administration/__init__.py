"""What administrators see and do, by whichever door they come."""
