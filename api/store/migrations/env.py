"""What Alembic runs: migrations on the connection that it is given, inside the transaction that goes on there."""

from __future__ import annotations

from alembic import context

from api.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
