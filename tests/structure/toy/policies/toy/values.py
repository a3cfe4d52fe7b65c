"""What the toy cloud decides of a resource, for mocks."""

from policies.core.provider_values import ProviderValues


class ToyValues(ProviderValues):
    """Addresses of the general form."""

    package = "toy"


VALUES = ToyValues
