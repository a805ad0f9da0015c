"""What surrounds every request: proxy headers, request id, limits, headers."""
