"""The architecture as a picture, drawn from the resource graph of a preview: nothing here knows the shop."""
