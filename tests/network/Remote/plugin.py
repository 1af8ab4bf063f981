"""A network driver of its own: each end is one half of a veth pair, whose other half has the gateway's address.

What it is told is written to LOG, a line each: the method and the message. FAULT names a method that fails, "addresses" is a driver that chooses addresses
itself, "global" one of networks of many hosts."""
import subprocess, sys

import server

FAULT = sys.argv[3]
networks = {}


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def answer(method, message):
    if method == FAULT:
        return {"Err": "no " + method + " today"}
    if method == "Plugin.Activate":
        return {"Implements": ["NetworkDriver"]}
    if method == "NetworkDriver.GetCapabilities":
        return {"Scope": "global" if FAULT == "global" else "local"}
    if method == "NetworkDriver.CreateNetwork":
        networks[message["NetworkID"]] = message["IPv4Data"][0]["Gateway"]
        return {}
    if method == "NetworkDriver.CreateEndpoint":
        name = message["EndpointID"][:8]
        ip("link", "add", "h" + name, "type", "veth", "peer", "name", "c" + name)
        return {"Interface": {"Address": "10.9.9.9/24"}} if FAULT == "addresses" else {}
    if method == "NetworkDriver.Join":
        name, gateway = message["EndpointID"][:8], networks[message["NetworkID"]]
        ip("address", "add", gateway, "dev", "h" + name)
        ip("link", "set", "h" + name, "up")
        return {"InterfaceName": {"SrcName": "c" + name, "DstPrefix": "net"}, "Gateway": gateway.split("/")[0],
                "StaticRoutes": [{"Destination": "192.0.2.0/24", "RouteType": 1, "NextHop": ""}] if gateway.startswith("10.5.") else []}
    if method == "NetworkDriver.DeleteEndpoint":
        subprocess.run(["ip", "link", "delete", "h" + message["EndpointID"][:8]])
        return {}
    return {} if method in ("NetworkDriver.DeleteNetwork", "NetworkDriver.Leave", "NetworkDriver.ProgramExternalConnectivity",
                         "NetworkDriver.RevokeExternalConnectivity") else None


server.serve(sys.argv[1], sys.argv[2], answer)
