"""Pages of HTML, each a file of its own."""
