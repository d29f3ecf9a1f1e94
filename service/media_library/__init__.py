"""The media library: `/api/media`, where files are uploaded, described, replaced and deleted.

How a file becomes a media, who may read it and what posts show of it is in `service.media`, which users and posts need.
"""
