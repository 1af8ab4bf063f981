"""What people do with docker's library for Python. Prints what it saw, a line each; the lines of two engines must be the same."""
import io
import tarfile
import threading

import docker

client = docker.from_env(timeout=60)
api = client.api
IMAGE = "busybox:test"


def say(what, *values):
    print(what, *values, flush=True)


# images
image = client.images.get(IMAGE)
say("image", IMAGE in image.tags, image.id.startswith("sha256:"), image.attrs["Os"])
image.tag("again", "1")
say("tagged", sorted(tag for tag in client.images.get(IMAGE).tags))
client.images.remove("again:1")
saved = b"".join(image.save())
say("saved", "manifest.json" in tarfile.open(fileobj=io.BytesIO(saved)).getnames())
say("loaded", [tag for loaded in client.images.load(saved) for tag in loaded.tags])
try:
    client.images.get("nowhere")
except docker.errors.ImageNotFound as error:
    say("no image", error.response.status_code)

# run
say("run", client.containers.run(IMAGE, ["echo", "hello"], remove=True))
say("both", sorted(client.containers.run(IMAGE, ["sh", "-c", "echo out; echo err >&2"], remove=True, stderr=True).split()))
try:
    client.containers.run(IMAGE, ["sh", "-c", "exit 3"], remove=True)
except docker.errors.ContainerError as error:
    say("exit", error.exit_status)
try:
    client.containers.run(IMAGE, ["nosuchprogram"], remove=True)
except docker.errors.APIError as error:
    say("no program", "executable file not found in $PATH" in error.explanation)

# events while a container lives
seen = []
ready = threading.Event()
stream = client.events(decode=True, filters={"label": "who=py", "type": "container"})


def listen():
    ready.set()
    for event in stream:
        seen.append(event["Action"].split(":")[0])
        if event["Action"] == "destroy":
            return


listener = threading.Thread(target=listen, daemon=True)
listener.start()
ready.wait()

container = client.containers.run(IMAGE, ["sh", "-c", "echo first; echo second; exec sleep 1000"], detach=True, name="py", labels={"who": "py"},
                                  environment={"A": "b"}, mem_limit="64m", hostname="inside")
while container.logs().count(b"\n") < 2:
    pass
say("logs", container.logs(), container.logs(tail=1), list(container.logs(stream=True, follow=False)))
say("list", [found.name for found in client.containers.list(filters={"label": "who=py"})])
container.reload()
say("state", container.status, container.attrs["Config"]["Hostname"], container.attrs["HostConfig"]["Memory"], container.image.tags)
say("exec", container.exec_run(["sh", "-c", "echo in; exit 4"]))
say("demux", container.exec_run(["sh", "-c", "echo o; echo e >&2"], demux=True))
say("env", container.exec_run("env", environment={"C": "d"})[1].decode().count("C=d"))
say("stream", b"".join(container.exec_run(["echo", "flow"], stream=True)[1]))
identity = api.exec_create("py", ["cat"], stdin=True)["Id"]
connection = api.exec_start(identity, socket=True)
connection._sock.sendall(b"through\n")
head = connection._sock.recv(8)
say("socket", head[0], connection._sock.recv(100))
connection.close()
say("top", any("sleep 1000" in " ".join(row) for row in container.top()["Processes"]))
statistics = container.stats(stream=False)
say("stats", statistics["name"], statistics["memory_stats"]["limit"], statistics["cpu_stats"]["cpu_usage"]["total_usage"] > 0)
say("stats keys", sorted(set(statistics) - {"networks"}))

# archives
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w") as tar:
    entry = tarfile.TarInfo("file")
    entry.size = 7
    tar.addfile(entry, io.BytesIO(b"content"))
say("put", container.put_archive("/tmp", archive.getvalue()))
bits, status = container.get_archive("/tmp/file")
fetched = tarfile.open(fileobj=io.BytesIO(b"".join(bits)))
say("get", status["name"], status["size"], fetched.extractfile("file").read())
try:
    container.get_archive("/nowhere")
except docker.errors.NotFound as error:
    say("no file", error.response.status_code)
say("diff", "/tmp/file" in [change["Path"] for change in container.diff()])

# life
container.pause()
container.reload()
say("paused", container.status)
container.unpause()
container.rename("pyther")
container.restart(timeout=0)
container.update(mem_limit="96m", memswap_limit="192m")
container.reload()
say("updated", container.name, container.attrs["HostConfig"]["Memory"])
made = container.commit("committed", "1", changes="ENV X=y")
say("commit", made.tags, [variable for variable in made.attrs["Config"]["Env"] if variable == "X=y"])
client.images.remove("committed:1")
container.kill()
say("wait", container.wait()["StatusCode"])
container.start()
container.stop(timeout=0)
say("exported", "bin/busybox" in tarfile.open(fileobj=io.BytesIO(b"".join(container.export()))).getnames())
container.remove()
listener.join(20)
say("events", [action for action in seen if action in ("create", "start", "pause", "unpause", "rename", "die", "destroy")])
try:
    client.containers.get("py")
except docker.errors.NotFound as error:
    say("gone", error.response.status_code)

# volumes
volume = client.volumes.create("pyv", labels={"who": "py"})
client.containers.run(IMAGE, ["sh", "-c", "echo kept > /data/f"], volumes={"pyv": {"bind": "/data", "mode": "rw"}}, remove=True)
say("volume", client.containers.run(IMAGE, ["cat", "/data/f"], mounts=[docker.types.Mount("/data", "pyv", read_only=True)], remove=True))
say("volumes", [found.name for found in client.volumes.list(filters={"label": "who=py"})], sorted(volume.attrs))
volume.remove()

# networks
network = client.networks.create("pyn", driver="bridge", labels={"who": "py"}, ipam=docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet="10.77.0.0/24", gateway="10.77.0.1")]))
server = client.containers.run(IMAGE, ["sleep", "1000"], detach=True, name="server", network="pyn")
say("name", client.containers.run(IMAGE, ["ping", "-c1", "-W2", "server"], network="pyn", remove=True).count(b"1 packets received"))
network.reload()
say("network", [found.name for found in network.containers], network.attrs["IPAM"]["Config"])
other = client.networks.create("pyo")
other.connect(server, aliases=["elsewhere"])
server.reload()
say("joined", sorted(server.attrs["NetworkSettings"]["Networks"]))
other.disconnect(server)
try:
    network.remove()
except docker.errors.APIError as error:
    say("in use", error.response.status_code)
server.remove(force=True)
network.remove()
other.remove()
say("networks", [found.name for found in client.networks.list(filters={"label": "who=py"})])

say("pruned", len(client.containers.prune()["ContainersDeleted"]), client.volumes.prune(filters={"label": ["who=nobody"]})["VolumesDeleted"] in (None, []))
say("version", client.version()["ApiVersion"], client.ping(), client.info()["Containers"], "Volumes" in client.df())
