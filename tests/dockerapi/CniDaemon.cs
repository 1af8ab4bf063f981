namespace Keelson.DockerApi.Tests;

/// <summary>A daemon in a network namespace of its own, whose networks of CNI are a test's.</summary>
public sealed class CniDaemon() : DaemonWithClients(isNetworked: true, folder => $"""
    [network]
    cni_config_dirs = ["{folder}/net.d"]
    cni_plugin_dirs = ["{folder}/plugins", "/usr/lib/cni"]
    cni_timeout = 20

    """);
