"""What is made of a plan of territories: accounts, change lists, GeoJSON, pictures and a page."""
