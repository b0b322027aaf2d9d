"""Make a data folder as large as a country's: so many services of ten menus, so many days, from a seed."""
