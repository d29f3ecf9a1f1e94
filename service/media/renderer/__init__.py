"""The process that decodes an image once and writes its renditions, `python -m service.media.renderer`.

Here alone Pillow is imported. Nothing else of the service is: it gets a path and a folder, no database and no secrets.
`service/media/rendering.py` starts it.
"""
