namespace Keelson.DockerApi.Tests;

/// <summary>A daemon in a network namespace of its own, with the network <c>bridge</c>.</summary>
public sealed class NetworkedDaemon() : DaemonWithClients(isNetworked: true);
