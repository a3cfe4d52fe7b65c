"""The toy architecture: one service, and a worker for each consumer."""

from typing import Any

import pulumi


class Service(pulumi.CustomResource):
    """Answers the shop's API."""

    url: pulumi.Output[str]

    def __init__(self, name: str, **properties: Any) -> None:
        super().__init__("toy:shop:Service", name, {"url": None, **properties})


class Worker(pulumi.CustomResource):
    """Empties a queue."""

    def __init__(self, name: str, **properties: Any) -> None:
        super().__init__("toy:shop:Worker", name, properties)


settings = pulumi.Config("scaleshop").require_object("settings")
shop = Service("shop", rate=10)
for queue in settings["workers"]:
    Worker(f"{queue}-worker", service=shop.id, queue=queue, retries=5)
pulumi.export("architecture", "toy")
pulumi.export("apiUrl", shop.url)
pulumi.export("storefrontUrl", shop.url)
