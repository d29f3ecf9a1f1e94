"""What outsiders are told of events, for the document; the values are selected in `core.event_data`."""
