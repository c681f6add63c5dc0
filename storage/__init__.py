"""Ground floor: what is known, scrubbed and sealed, in one database."""
