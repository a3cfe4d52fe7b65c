"""Sandbox providers over real gRPC, driven as Pulumi's engine drives them."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import psutil
import pytest
from provider_client import Connection, connected
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from toy_package import ToyPackage

from engine.wire import ARCHIVE, ASSET, OUTPUT, RESOURCE_REFERENCE, SECRET, SIGNATURE, UNKNOWN, from_struct, to_struct
from sandbox.host.grpc_adapter import serve_packages

THING = "toy:index:Thing"
Kind = provider_pb2.PropertyDiff
ASSET_TEXT = {SIGNATURE: ASSET, "text": "hello", "hash": "abc"}


@pytest.fixture
def package() -> ToyPackage:
    return ToyPackage()


@pytest.fixture
def port(package: ToyPackage) -> Iterator[int]:
    with serve_packages([package]) as ports:
        yield ports["toy"]


@pytest.fixture
def toy(port: int) -> Iterator[Connection]:
    with connected(port) as connection:
        connection.configure(region="east")
        yield connection


def test_a_resource_lives_from_check_to_delete_and_whole_numbers_stay_whole(
    toy: Connection, package: ToyPackage
) -> None:
    checked = from_struct(toy.check(THING, "it", {"size": 3, "ratio": 0.5, "on": True, "none": None, "l": [1]}).inputs)
    assert package.asked[0] == ("check", ({"size": 3, "ratio": 0.5, "on": True, "none": None, "l": [1]}, {}))
    assert isinstance(package.asked[0][1][0]["size"], int)
    id_, outputs = toy.create(THING, checked)
    assert (id_, outputs["size"], outputs["region"]) == ("it-01020304", 3, "east")
    assert toy.update(THING, id_, checked, {**checked, "size": 4})["size"] == 4
    assert toy.read(THING, id_, checked)[2]["size"] == 4
    toy.delete(THING, id_, checked)
    assert toy.read(THING, id_, checked) == ("", {}, {})


def test_a_refused_input_names_its_property(toy: Connection) -> None:
    (failure,) = toy.check(THING, "it", {"size": -1}).failures
    assert (failure.property, failure.reason) == ("size", "must not be negative")


def test_secrets_outputs_and_references_arrive_as_their_values(toy: Connection, package: ToyPackage) -> None:
    toy.create(
        THING,
        {
            "name": "it",
            "password": {SIGNATURE: SECRET, "value": "hunter2"},
            "nested": [{SIGNATURE: SECRET, "value": {"deep": 7}}],
            "known": {SIGNATURE: OUTPUT, "value": "here", "dependencies": []},
            "later": {SIGNATURE: OUTPUT},
            "other": {SIGNATURE: RESOURCE_REFERENCE, "urn": "urn:x", "id": "other-id"},
        },
    )
    assert package.asked[-1][1] == {
        "name": "it", "password": "hunter2", "nested": [{"deep": 7}], "known": "here", "later": UNKNOWN,
        "other": "other-id",
    }  # fmt: skip


def test_a_secret_that_the_provider_made_stays_wrapped(toy: Connection) -> None:
    _, outputs = toy.create(THING, {"name": "it"})
    assert outputs["key"] == {SIGNATURE: SECRET, "value": "s3cret"}


def test_unknowns_pass_both_ways_in_a_preview_and_no_id_is_needed(toy: Connection, package: ToyPackage) -> None:
    id_, outputs = toy.create(THING, {"name": "it", "target": UNKNOWN}, preview=True)
    assert (id_, outputs["target"]) == ("", UNKNOWN)
    assert package.asked[-1][1]["target"] == UNKNOWN


def test_a_create_without_an_id_is_an_error(toy: Connection) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        toy.create(THING, {"name": "it", "nameless": True})
    assert refused.value.details() == "the provider returned no id"


def test_assets_and_archives_come_whole_to_create_and_go_back(toy: Connection, package: ToyPackage) -> None:
    archive = {SIGNATURE: ARCHIVE, "assets": {"a.txt": ASSET_TEXT}, "hash": "def"}
    _, outputs = toy.create(THING, {"name": "it", "code": archive})
    assert outputs["code"] == package.asked[-1][1]["code"] == archive


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ({SIGNATURE: ASSET, "hash": "abc"}, ASSET_TEXT, []),
        ({SIGNATURE: ASSET, "hash": "abc"}, {**ASSET_TEXT, "hash": "xyz"}, ["code"]),
        ({SIGNATURE: ARCHIVE, "path": "/old", "hash": "a"}, {SIGNATURE: ARCHIVE, "path": "/new", "hash": "a"}, []),
    ],
)
def test_an_asset_is_compared_by_its_hash_alone(toy: Connection, old: Any, new: Any, changed: list[str]) -> None:
    found = toy.diff(THING, {"code": old}, {"code": new})
    assert list(found.diffs) == changed
    assert found.changes == (found.DIFF_SOME if changed else found.DIFF_NONE)


def test_a_diff_tells_of_each_property_what_happens_and_whether_it_replaces(toy: Connection) -> None:
    olds = {"gone": 1, "kept": 1, "other": 1, "fixed_gone": 1, "fixed": 1}
    news = {"kept": 1, "other": 2, "made": 1, "fixed": 2, "fixed_made": 1}
    found = toy.diff(THING, olds, news)
    assert {key: change.kind for key, change in found.detailedDiff.items()} == {
        "made": Kind.ADD, "fixed_made": Kind.ADD_REPLACE, "gone": Kind.DELETE, "fixed_gone": Kind.DELETE_REPLACE,
        "other": Kind.UPDATE, "fixed": Kind.UPDATE_REPLACE,
    }  # fmt: skip
    assert found.hasDetailedDiff
    assert all(change.inputDiff for change in found.detailedDiff.values())
    assert sorted(found.replaces) == ["fixed", "fixed_gone", "fixed_made"]
    assert not found.deleteBeforeReplace
    assert toy.diff(THING, {}, {"only": 1}).deleteBeforeReplace


def test_ignored_properties_are_not_compared(toy: Connection) -> None:
    assert not toy.diff(THING, {"size": 1}, {"size": 2}, ignored=("size",)).diffs


def test_what_a_provider_raises_is_the_operations_message_without_a_traceback(toy: Connection) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        toy.create(THING, {"name": "it", "boom": True})
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.UNKNOWN, "the cloud said no")


def test_a_bad_configuration_is_refused_with_its_fix(port: int) -> None:
    with connected(port) as connection, pytest.raises(grpc.RpcError) as refused:
        connection.configure(region="nowhere")
    assert refused.value.details() == "there is no region 'nowhere'; use 'east' or 'west'"


def test_two_connections_are_two_providers_with_their_own_configuration(port: int) -> None:
    with connected(port) as east, connected(port) as west:
        east.configure(region="east")
        west.configure(region="west")
        assert east.create(THING, {"name": "a"})[1]["region"] == "east"
        assert west.create(THING, {"name": "b"})[1]["region"] == "west"
        assert east.read(THING, "b", {})[0] == ""


def test_a_connection_that_came_back_belongs_to_the_only_provider_there_is(toy: Connection, port: int) -> None:
    with connected(port) as back:
        assert back.create(THING, {"name": "a"})[1]["region"] == "east"


def test_among_several_providers_a_connection_that_came_back_is_refused_and_not_guessed(port: int) -> None:
    with ExitStack() as stack:
        for region in ("east", "west"):
            stack.enter_context(connected(port)).configure(region=region)
        back = stack.enter_context(connected(port))
        with pytest.raises(grpc.RpcError) as refused:
            back.create(THING, {"name": "a"})
    assert "came back without its configuration; run the command again" in str(refused.value.details())


def test_a_provider_that_nobody_configured_says_so(port: int) -> None:
    with connected(port) as connection, pytest.raises(grpc.RpcError) as refused:
        connection.create(THING, {"name": "a"})
    assert refused.value.details() == "the provider toy was not configured"


def test_another_region_of_a_provider_replaces_what_is_behind_it(toy: Connection) -> None:
    request = provider_pb2.DiffRequest(
        old_inputs=to_struct({"region": "east", "tags": 1}), news=to_struct({"region": "west", "tags": 2})
    )
    found = toy.stub.DiffConfig(request)
    assert (list(found.diffs), list(found.replaces)) == (["region", "tags"], ["region"])


def test_functions_answer_and_unknown_ones_are_refused(toy: Connection) -> None:
    answer = from_struct(getattr(toy.invoke("toy:index:echo", n=1), "return"))
    assert answer == {"echo": {"n": 1}, "region": "east"}
    assert [f.reason for f in toy.invoke("toy:index:nope").failures] == ["toy:index:nope: unknown function"]


def test_the_engine_may_attach_ask_and_cancel_and_the_server_goes_on(toy: Connection) -> None:
    shaken = toy.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    toy.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    toy.stub.Cancel(provider_pb2.google_dot_protobuf_dot_empty__pb2.Empty())
    assert shaken == provider_pb2.ProviderHandshakeResponse()
    assert from_struct(toy.stub.CheckConfig(provider_pb2.CheckRequest(news=to_struct({"a": 1}))).inputs) == {"a": 1}
    assert toy.version() == "1.2.3"


def test_a_schema_is_not_offered(toy: Connection) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        toy.stub.GetSchema(provider_pb2.GetSchemaRequest())
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_each_package_has_a_loopback_port_of_its_own_and_nothing_is_left_of_the_server() -> None:
    def listening() -> dict[int, str]:
        mine = psutil.Process().net_connections(kind="tcp")
        # gRPC binds IPv4 addresses through a dual-stack socket.
        return {c.laddr.port: c.laddr.ip.removeprefix("::ffff:") for c in mine if c.status == psutil.CONN_LISTEN}

    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("provider-other")]

    other = ToyPackage()
    other.name = "other"
    with serve_packages([ToyPackage(), other]) as ports:
        assert set(ports) == {"toy", "other"}
        assert len(set(ports.values())) == 2
        assert {listening()[port] for port in ports.values()} == {"127.0.0.1"}
        with connected(ports["other"]) as connection:
            connection.configure(region="east")
        assert threads()
    assert not set(ports.values()) & set(listening())
    assert not threads()
