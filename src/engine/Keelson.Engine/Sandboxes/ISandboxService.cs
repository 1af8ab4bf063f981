using Keelson.Shim.Api;

namespace Keelson.Engine.Sandboxes;

/// <summary>Sandboxes that run: each is a shim that holds namespaces, or a virtual machine, for the containers that join it. containerd's sandbox controller <c>shim</c>.</summary>
public interface ISandboxService
{
    /// <summary>Makes a sandbox: starts its shim, and lets it make the namespaces.</summary>
    /// <exception cref="KeelsonException">AlreadyExists. Unsupported: the shim holds no sandboxes. Others as the shim or the runtime says.</exception>
    Task CreateAsync(string space, SandboxDefinition definition, CancellationToken cancel = default);

    /// <summary>Starts a sandbox. One that cannot be started is removed, as with containerd.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: it was started, or has ended.</exception>
    Task<SandboxInstance> StartAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>System, architecture and variant of what it runs, in the words of image-spec.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: its shim has ended.</exception>
    Task<(string System, string Architecture, string Variant)> PlatformAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>Ends a sandbox and what runs in it; nothing is done when it is not there or has ended.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="id">The sandbox.</param>
    /// <param name="timeoutSeconds">How long programs may take to end by themselves; 0: they are killed at once.</param>
    /// <param name="cancel">Gives up waiting; the shim goes on.</param>
    Task StopAsync(string space, string id, uint timeoutSeconds, CancellationToken cancel = default);

    /// <summary>Waits for its end, whether it is stopped, ends by itself, or its shim dies.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    Task<ExitResponse> WaitAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>What it is doing, and where its shim serves tasks.</summary>
    /// <exception cref="KeelsonException">NotFound. Unavailable: the shim does not answer.</exception>
    Task<(SandboxStatus Status, string Address)> StatusAsync(string space, string id, bool isVerbose, CancellationToken cancel = default);

    /// <summary>Removes a sandbox, its tasks and its shim.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    Task ShutdownAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>What the kernel counts of the sandbox itself: <c>io.containerd.cgroups.v1.Metrics</c> or <c>v2.Metrics</c>.</summary>
    /// <exception cref="KeelsonException">NotFound: it is not there, has ended, or has no cgroup of its own.</exception>
    Task<TypedMessage> MetricsAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>Whether a sandbox is there, running or not.</summary>
    bool Exists(string space, string id);
}
