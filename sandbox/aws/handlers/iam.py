"""IAM: roles and their policies."""

import json
from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import own_tags, pick, retag, tag_list, tag_pairs
from sandbox.handler import Handler, observe_inputs

ENFORCED = "What no policy allows is refused to functions and to services that act by the role; some only AWS asks."


class RoleHandler(Handler):
    """A role."""

    token = "aws:iam/role:Role"
    name_property = "name"
    replaces = frozenset({"name", "namePrefix", "path"})
    documents = frozenset({"assumeRolePolicy"})
    note = ENFORCED
    settings = {"description": "Description", "maxSessionDuration": "MaxSessionDuration"}

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        optional = pick(inputs, {"path": "Path", "permissionsBoundary": "PermissionsBoundary", **self.settings})
        role = clients.iam.create_role(
            RoleName=inputs["name"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            Tags=tag_list(inputs),
            **optional,
        )["Role"]
        return inputs["name"], _role(role)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        role = clients.iam.get_role(RoleName=id_)["Role"]
        trust = role.get("AssumeRolePolicyDocument")
        text = trust if isinstance(trust, str) else json.dumps(trust)
        seen = {
            "assumeRolePolicy": text,
            "permissionsBoundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            **{mine: role.get(api) or None for mine, api in self.settings.items()},
            **own_tags(inputs, clients.iam.list_role_tags(RoleName=id_)["Tags"]),
        }
        return _role(role), observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        clients.iam.update_assume_role_policy(RoleName=id_, PolicyDocument=news["assumeRolePolicy"])
        if any(olds.get(mine) != news.get(mine) for mine in self.settings):
            # 3,600 s is what IAM takes when nothing is said:
            # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
            given = {"Description": "", "MaxSessionDuration": 3600, **pick(news, self.settings)}
            clients.iam.update_role(RoleName=id_, **given)
        if news.get("permissionsBoundary"):
            clients.iam.put_role_permissions_boundary(RoleName=id_, PermissionsBoundary=news["permissionsBoundary"])
        elif olds.get("permissionsBoundary"):
            clients.iam.delete_role_permissions_boundary(RoleName=id_)
        retag(
            olds,
            news,
            tag=lambda tags: clients.iam.tag_role(RoleName=id_, Tags=tag_pairs(tags)),
            untag=lambda keys: clients.iam.untag_role(RoleName=id_, TagKeys=keys),
        )
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.iam.delete_role(RoleName=id_)


class RolePolicyHandler(Handler):
    """An inline policy of a role."""

    token = "aws:iam/rolePolicy:RolePolicy"
    name_property = "name"
    name_limit = 128
    replaces = frozenset({"name", "namePrefix", "role"})
    documents = frozenset({"policy"})
    note = ENFORCED

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return f"{inputs['role']}:{inputs['name']}", {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        role, name = id_.split(":", 1)
        found = clients.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        text = found if isinstance(found, str) else json.dumps(found)
        return {}, observe_inputs(self, inputs, {"policy": text})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        self._put(clients, news)
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        role, name = id_.split(":", 1)
        clients.iam.delete_role_policy(RoleName=role, PolicyName=name)

    def _put(self, clients: Any, inputs: Properties) -> None:
        clients.iam.put_role_policy(RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"])


class RolePolicyAttachmentHandler(Handler):
    """A managed policy attached to a role."""

    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    replaces = frozenset({"role", "policyArn"})
    note = ENFORCED

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        clients.iam.attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}/{inputs['policyArn']}", {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        role, arn = id_.split("/", 1)
        attached = clients.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return ({}, inputs) if any(p["PolicyArn"] == arn for p in attached) else None

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        role, arn = id_.split("/", 1)
        clients.iam.detach_role_policy(RoleName=role, PolicyArn=arn)


HANDLERS = (RoleHandler(), RolePolicyHandler(), RolePolicyAttachmentHandler())


def _role(role: dict[str, Any]) -> Properties:
    return {"arn": role["Arn"], "uniqueId": role["RoleId"]}
