"""What stands between this machine, or an account, and a first deployment."""
