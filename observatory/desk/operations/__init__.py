"""Let those who run a service announce maintenance and write about its incidents."""
