"""Signing in to a workbench: who it is, at which project, and what is kept of it.

``entering`` is the door; ``credentials`` give each request its token; ``auth_server`` speaks with Supabase's
authentication server; ``logins`` is the file of remembered logins. They are imported from their modules: the
requests' way to the API needs only the credentials, and entering needs that way.
"""
