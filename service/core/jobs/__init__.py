"""Jobs: work outside of requests. `tasks` declares, `queue` writes and claims rows, `worker` runs them.

The table `jobs` is the queue; there is no broker. Nothing here knows a feature: its tasks are in its `tasks.py`.
"""
