"""The methods. `choice` lists them in the order in which they are tried; importing it loads the engines."""
