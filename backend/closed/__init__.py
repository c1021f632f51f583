"""Closed for restoring: nobody may read or write until what was erased and withdrawn since the backup is so again."""
