"""Look at services ourselves: what may be asked, one check of it, and when each menu is due."""
