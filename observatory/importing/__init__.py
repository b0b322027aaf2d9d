"""Import files of the past, through a running server or beside none."""
