"""Request limits (REQUIREMENTS.md section Q, K23 and K48).

The protocol's endpoints take their limit from token buckets, which cost about a
microsecond; pages and JSON APIs take it from flask-limiter. Both count in Redis, and fall
back to a stricter count of their own when it is away (THREATS.md HT-10).
"""
