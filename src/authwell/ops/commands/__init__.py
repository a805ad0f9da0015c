"""The commands of `authwell`, a file for each subject."""
