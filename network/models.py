"""Only so that Django finds the tables; nobody imports from here."""
