using Keelson.Api;
using Keelson.Engine;

namespace Keelson.Daemon;

/// <summary>The parts of this daemon in the words that containerd's clients ask in.</summary>
internal static class EngineParts
{
    private const string Service = "io.containerd.grpc.v1", Metadata = "io.containerd.metadata.v1", Content = "io.containerd.content.v1", Snapshotter = "io.containerd.snapshotter.v1";

    /// <summary>All parts, those that others stand on first.</summary>
    public static IReadOnlyList<EnginePart> List(DaemonOptions options, ContainerEngine engine) =>
    [
        .. options.Config.Proxies.Where(proxy => proxy.Kind == "content").Select(proxy => new EnginePart(Content, proxy.Name) { Exports = new Dictionary<string, string> { ["address"] = proxy.Address } })
            .DefaultIfEmpty(new(Content, "content") { Exports = new Dictionary<string, string> { ["root"] = options.Metadata.Root } }),
        new(Metadata, "keelson")
        {
            Requires = [Content],
            Exports = new Dictionary<string, string> { ["root"] = options.Metadata.Root, ["policy"] = options.Config.Sharing.ToString().ToLowerInvariant() },
        },
        .. engine.Snapshots.Names.Select(name => new EnginePart(Snapshotter, name) { HasPlatform = true, Exports = new Dictionary<string, string> { ["root"] = $"{options.Root}/snapshotters/{name}" } }),
        new("io.containerd.differ.v1", "walking") { HasPlatform = true, Requires = [Metadata] },
        .. options.Config.Proxies.Where(proxy => proxy.Kind == "diff").Select(proxy => new EnginePart("io.containerd.differ.v1", proxy.Name) { Exports = new Dictionary<string, string> { ["address"] = proxy.Address } }),
        new("io.containerd.transfer.v1", "local") { Requires = [Metadata] },
        new("io.containerd.event.v1", "exchange") { Requires = [Metadata], Capabilities = ["durable"] },
        new("io.containerd.gc.v1", "scheduler") { Requires = [Metadata] },
        new("io.containerd.runtime.v2", "task") { Requires = ["io.containerd.event.v1", Metadata], HasPlatform = true },
        new("io.containerd.sandbox.store.v1", "local") { Requires = [Metadata] },
        new("io.containerd.sandbox.controller.v1", "shim") { Requires = ["io.containerd.runtime.v2", "io.containerd.event.v1"], HasPlatform = true },
        new("io.containerd.internal.v1", "opt") { Exports = new Dictionary<string, string> { ["path"] = options.Installed } },
        new("io.containerd.internal.v1", "restart") { Requires = ["io.containerd.runtime.v2", Metadata], Capabilities = ["no", "always", "on-failure", "unless-stopped"] },
        .. ((ReadOnlySpan<string>)["containers", "content", "diff", "events", "healthcheck", "images", "introspection", "leases", "namespaces", "sandbox-controllers", "sandboxes", "snapshots", "streaming", "tasks", "transfer", "version"])
            .ToArray().Select(name => new EnginePart(Service, name) { Requires = name is "healthcheck" or "version" ? [] : [Metadata] }),
    ];
}
