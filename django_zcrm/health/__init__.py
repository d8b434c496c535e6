"""The health of the site's connections, for the admin's health page and the terminal."""
