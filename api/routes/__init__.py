"""The routes: they parse and declare; services decide."""
