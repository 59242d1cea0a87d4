"""The Supabase store: a project's tables through PostgREST, its functions, and its Storage.

Its parts are imported from their modules: what tells keys apart needs none of the libraries of the rest.
"""
