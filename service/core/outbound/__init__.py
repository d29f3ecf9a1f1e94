"""Requests to other servers, whose URLs people may have entered: `safe_fetch` is the only way out.

What a URL means for the feature that fetches it (a webhook, a key set, a picture) does not belong here.
"""
