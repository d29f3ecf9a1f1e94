"""What does a first start set up, and a later one leave alone? Nothing that is needed once the service runs.

Everything here can be run again at any time, and by two starts at once: what is there already is never touched.
"""
