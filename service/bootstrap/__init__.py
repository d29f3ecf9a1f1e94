"""Initial setup (`flask bootstrap`): runs migrations, creates the first admin and demo data; idempotent.

It can be run at any time, also by two processes at once: existing data is never changed.
"""
