"""What do all features build on? Identity, database, logs, paging ...: nothing here knows a feature."""
