"""The catalog: what we remember (jobs, artifacts, what files held, the audit log), on SQLite or PostgreSQL.

`tables` declares, `database` opens and migrates, and one module per thing remembered holds its SQL:
functions that take a connection, so that a caller joins several in one transaction. To remember
something new: a table, a migration, a module.
"""
