"""Systems Manager: parameters of the Parameter Store."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

PARAMETERS = "https://docs.aws.amazon.com/systems-manager/latest"


def parameter(aws: AwsAccount, value: str, kind: str = "String") -> str:
    """The name of a new parameter."""
    ssm, name = aws.clients.ssm, f"/{aws.name('parameter')}"
    ssm.put_parameter(Name=name, Value=value, Type=kind)
    aws.undo(ssm.delete_parameter, Name=name)
    return name


@behaviour(service="ssm", source=f"{PARAMETERS}/APIReference/API_GetParameter.html")
def a_secret_parameter_is_decrypted_only_when_asked(aws: AwsAccount) -> None:
    """A SecureString is given in the plain only with decryption."""
    ssm, name = aws.clients.ssm, parameter(aws, "hidden", "SecureString")
    plain = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    sealed = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    expect(plain == "hidden" and "hidden" not in sealed, f"plain {plain}, sealed {sealed}")


@behaviour(service="ssm", source=f"{PARAMETERS}/userguide/sysman-paramstore-versions.html")
def a_parameter_has_versions(aws: AwsAccount) -> None:
    """A parameter is overwritten only when asked, and its versions stay readable."""
    ssm, name = aws.clients.ssm, parameter(aws, "one")
    code = aws.refusal(ssm.put_parameter, Name=name, Value="two", Type="String")["Error"]["Code"]
    expect(code == "ParameterAlreadyExists", f"code {code}")
    version = ssm.put_parameter(Name=name, Value="two", Type="String", Overwrite=True)["Version"]
    found = [ssm.get_parameter(Name=which)["Parameter"]["Value"] for which in (name, f"{name}:1")]
    expect((version, found) == (2, ["two", "one"]), f"version {version}, values {found}")


@behaviour(service="ssm", source=f"{PARAMETERS}/APIReference/API_GetParametersByPath.html")
def parameters_are_read_by_path(aws: AwsAccount) -> None:
    """Parameters under a path are read together, those deeper only when asked."""
    ssm, root = aws.clients.ssm, f"/{aws.name('path')}"
    for name in (f"{root}/a", f"{root}/deep/b"):
        ssm.put_parameter(Name=name, Value=name, Type="String")
        aws.undo(ssm.delete_parameter, Name=name)
    found = [
        sorted(p["Name"] for p in ssm.get_parameters_by_path(Path=root, Recursive=deep)["Parameters"])
        for deep in (False, True)
    ]
    expect(found == [[f"{root}/a"], [f"{root}/a", f"{root}/deep/b"]], f"parameters {found}")
