"""An application that tells what chance and the clock say: see test_image.py."""
