"""Files of the past come in, through a running server or beside none."""
