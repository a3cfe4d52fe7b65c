"""What all that stands in for Pulumi's engine shares: how a program is run, how the wire is read."""
