"""An example of another ASGI application that a site can ship: see `app`."""
