"""Chooses addresses: networks of /24 from 10.77.0.0/16 and of /64 from fd77::/48, addresses from the end of each.

STATE is a file with all that is given out, so that this program may be killed and started. FAULT names a method that fails, or at the how manieth time: "RequestAddress:2"; "replay" and "mac" are
what it says that it needs."""
import ipaddress, json, os, sys

import server

STATE, FAULT = sys.argv[3], sys.argv[4]
pools = {}
counts = {}
if os.path.exists(STATE):
    with open(STATE) as file:
        pools = json.load(file)


def choose_network(wanted, v6):
    if wanted:
        return wanted
    held = {pool["network"] for pool in pools.values()}
    for network in ipaddress.ip_network("fd77::/48" if v6 else "10.77.0.0/16").subnets(new_prefix=64 if v6 else 24):
        if str(network) not in held:
            return str(network)


def choose_address(pool, wanted):
    network = ipaddress.ip_network(pool["range"] or pool["network"])
    if wanted:
        return None if wanted in pool["addresses"] else wanted
    for last in range(200, 2, -1):
        address = str(network.network_address + last)
        if address not in pool["addresses"]:
            return address


def change(method, message):
    if method == "RequestPool":
        network = choose_network(message["Pool"], message["V6"])
        name = message["AddressSpace"] + "/" + network
        if name in pools:
            return {"Error": network + " is taken"}
        pools[name] = {"network": network, "range": message["SubPool"], "addresses": {}}
        return {"PoolID": name, "Pool": network, "Data": {"com.docker.network.gateway": "10.77.0.3/24"} if message["Options"].get("gateway") else {}}
    if method == "RequestAddress":
        pool = pools[message["PoolID"]]
        address = choose_address(pool, message["Address"])
        if address is None:
            return {"Error": "no address"}
        pool["addresses"][address] = message["Options"]
        return {"Address": address + "/" + pool["network"].split("/")[1], "Data": {}}
    if method == "ReleaseAddress":
        pools[message["PoolID"]]["addresses"].pop(message["Address"], None)
        return {}
    if method == "ReleasePool":
        # Nobody may have left an address behind.
        if pools[message["PoolID"]]["addresses"]:
            return {"Error": "addresses are in use: " + " ".join(pools[message["PoolID"]]["addresses"])}
        del pools[message["PoolID"]]
        return {}


def answer(method, message):
    if method == "Plugin.Activate":
        return {"Implements": ["IpamDriver"]}
    kind, _, method = method.partition(".")
    if method == "GetCapabilities":
        return {"RequiresMACAddress": FAULT == "mac", "RequiresRequestReplay": FAULT == "replay"}
    if method == "GetDefaultAddressSpaces":
        return {"LocalDefaultAddressSpace": "here", "GlobalDefaultAddressSpace": "everywhere"}
    counts[method] = counts.get(method, 0) + 1
    name, _, time = FAULT.partition(":")
    if method == name and counts[method] == int(time or 1):
        return {"Error": "no " + method + " today"}
    found = change(method, message)
    with open(STATE, "w") as file:
        json.dump(pools, file)
    return found


server.serve(sys.argv[1], sys.argv[2], answer)
