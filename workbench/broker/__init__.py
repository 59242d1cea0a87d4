"""The broker: its address, whether it lets us in, and which workers say in it that they are alive.

Its parts are imported from their modules: the settings read its address, and need nothing of the rest.
"""
