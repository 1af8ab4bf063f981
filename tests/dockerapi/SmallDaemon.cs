namespace Keelson.DockerApi.Tests;

/// <summary>A daemon whose data are on a file system of 64 MiB.</summary>
public sealed class SmallDaemon() : DaemonWithClients(isNetworked: false, before: folder =>
    ["unshare", "--mount", "--propagation", "private", "sh", "-c", "mkdir -p \"$0\" && mount -t tmpfs -o size=64m none \"$0\" && exec \"$@\"", folder + "/root"]);
