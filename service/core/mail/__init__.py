"""Mail: `templates` declares and renders, `sending` enqueues, `message` builds, `transport` delivers, `files` reads.

Nothing here knows a feature: its mails are in its `mails.py`, their templates in `service/mail_templates/`.
"""
