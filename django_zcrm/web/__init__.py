"""Helpers for a site's own views, and the responses to visitors.

decorators    views that need a connection
middleware    the user's client on the request; error pages
requirements  whether a user has the connection that a view needs
responses     responses to visitors who must connect first, and to errors
problems      error texts for visitors
forms         keeps a visitor's input while they connect
"""
