"""Where staff work: pages behind a sign-in."""
