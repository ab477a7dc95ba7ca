"""An application that repeats what it was asked, and misbehaves when told to. For tests alone."""
