"""How resources of the toy cloud name each other."""

from policies.core.graph import Links

SERVICE, WORKER = "toy:shop:Service", "toy:shop:Worker"
LINKS = Links(identities=("id", "url"), assigned=("url",))
