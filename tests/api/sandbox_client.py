"""Runs a sandbox through the Python library of gRPC: ADDRESS NAMESPACE RUNTIME CONFIGURATION. What protoc made of our definitions is on the path."""
import sys

import grpc
from containerd.services.sandbox.v1 import sandbox_pb2 as api
from containerd.types import sandbox_pb2 as types

address, space, runtime, config = sys.argv[1:]
channel = grpc.insecure_channel("unix://" + address)
headers = [("containerd-namespace", space)]


def call(service, method, request, answer):
    path = f"/containerd.services.sandbox.v1.{service}/{method}"
    return channel.unary_unary(path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)(request, metadata=headers, timeout=60)


def state():
    return call("Controller", "Status", api.ControllerStatusRequest(sandbox_id="pod", sandboxer="shim"), api.ControllerStatusResponse).state


record = types.Sandbox(sandbox_id="pod", sandboxer="shim")
record.runtime.name = runtime
record.spec.type_url = "types.containerd.io/opencontainers/runtime-spec/1/Spec"
record.spec.value = config.encode()
stored = call("Store", "Create", api.StoreCreateRequest(sandbox=record), api.StoreCreateResponse).sandbox
call("Controller", "Create", api.ControllerCreateRequest(sandbox_id="pod", sandboxer="shim", sandbox=stored), api.ControllerCreateResponse)
print("created")
print(state())
started = call("Controller", "Start", api.ControllerStartRequest(sandbox_id="pod", sandboxer="shim"), api.ControllerStartResponse)
print("started" if started.pid > 1 and started.created_at.seconds > 0 else "no process")
print(state())
print(call("Controller", "Platform", api.ControllerPlatformRequest(sandbox_id="pod", sandboxer="shim"), api.ControllerPlatformResponse).platform.os)
call("Controller", "Stop", api.ControllerStopRequest(sandbox_id="pod", sandboxer="shim", timeout_secs=1), api.ControllerStopResponse)
print("ended", call("Controller", "Wait", api.ControllerWaitRequest(sandbox_id="pod", sandboxer="shim"), api.ControllerWaitResponse).exit_status)
print(state())
call("Controller", "Shutdown", api.ControllerShutdownRequest(sandbox_id="pod", sandboxer="shim"), api.ControllerShutdownResponse)
try:
    state()
except grpc.RpcError as error:
    print(error.code().name)
call("Store", "Delete", api.StoreDeleteRequest(sandbox_id="pod"), api.StoreDeleteResponse)
print(len(call("Store", "List", api.StoreListRequest(), api.StoreListResponse).list), "records")
