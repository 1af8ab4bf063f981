using Keelson.Protobuf;
using Keelson.Ttrpc;

namespace Keelson.Shim.Api;

/// <summary>Calls a shim that can hold sandboxes, ours or another's: <c>containerd.runtime.sandbox.v1.Sandbox</c>.</summary>
/// <param name="connection">The connection; it stays the caller's.</param>
/// <remarks>Every method throws a <see cref="TtrpcException"/> with the shim's own words; Unsupported when it holds no sandboxes.</remarks>
public sealed class SandboxClient(TtrpcClient connection)
{
    /// <summary>The service's name.</summary>
    public const string Service = "containerd.runtime.sandbox.v1.Sandbox";

    /// <summary>Makes a sandbox.</summary>
    public Task CreateAsync(SandboxCreateRequest request, CancellationToken cancellationToken = default) => CallAsync("CreateSandbox", request.ToBytes(), cancellationToken);

    /// <summary>Starts a sandbox.</summary>
    /// <returns>The process whose namespaces its containers join, and when it was made.</returns>
    public async Task<(int Pid, DateTimeOffset? CreatedAt)> StartAsync(string id, CancellationToken cancellationToken = default)
    {
        (int pid, DateTimeOffset? createdAt) = (0, null);
        ProtobufReader reader = new((await CallAsync("StartSandbox", Named(id), cancellationToken).ConfigureAwait(false)).Span);
        while (reader.Next())
        {
            if (reader.Field == 1) pid = (int)reader.Number;
            else if (reader.Field == 2) createdAt = Timestamps.Parse(reader.Bytes);
        }
        return (pid, createdAt);
    }

    /// <summary>What the sandbox runs containers of.</summary>
    /// <returns>System, architecture and variant, in the words of image-spec.</returns>
    public async Task<(string System, string Architecture, string Variant)> PlatformAsync(string id, CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> answer = await CallAsync("Platform", Named(id), cancellationToken).ConfigureAwait(false);
        string system = "", architecture = "", variant = "";
        ProtobufReader reader = new(answer.Span);
        while (reader.Next())
        {
            if (reader.Field != 1) continue;
            ProtobufReader platform = new(reader.Bytes);
            while (platform.Next())
            {
                if (platform.Field == 1) system = platform.Text;
                else if (platform.Field == 2) architecture = platform.Text;
                else if (platform.Field == 3) variant = platform.Text;
            }
        }
        return (system, architecture, variant);
    }

    /// <summary>Stops a sandbox with all that runs in it.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="timeoutSeconds">How long programs may take to end by themselves; 0: not at all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task StopAsync(string id, uint timeoutSeconds, CancellationToken cancellationToken = default)
    {
        ProtobufWriter request = new();
        request.TextIfSet(1, id);
        request.NumberIfSet(2, timeoutSeconds);
        return CallAsync("StopSandbox", request.ToArray(), cancellationToken);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<ExitResponse> WaitAsync(string id, CancellationToken cancellationToken = default) =>
        ExitResponse.ParseWait((await CallAsync("WaitSandbox", Named(id), cancellationToken).ConfigureAwait(false)).Span);

    /// <summary>What it is doing.</summary>
    public async Task<SandboxStatus> StatusAsync(string id, bool isVerbose, CancellationToken cancellationToken = default)
    {
        ProtobufWriter request = new();
        request.TextIfSet(1, id);
        request.Switch(2, isVerbose);
        return SandboxStatus.Parse((await CallAsync("SandboxStatus", request.ToArray(), cancellationToken).ConfigureAwait(false)).Span);
    }

    /// <summary>Asks whether it is there.</summary>
    public Task PingAsync(string id, CancellationToken cancellationToken = default) => CallAsync("PingSandbox", Named(id), cancellationToken);

    /// <summary>Removes a sandbox with all that is in it; a shim that has nothing else ends.</summary>
    public Task ShutdownAsync(string id, CancellationToken cancellationToken = default) => CallAsync("ShutdownSandbox", Named(id), cancellationToken);

    /// <summary>What the kernel counts: <c>io.containerd.cgroups.v1.Metrics</c> or <c>v2.Metrics</c>.</summary>
    public async Task<TypedMessage> MetricsAsync(string id, CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> answer = await CallAsync("SandboxMetrics", Named(id), cancellationToken).ConfigureAwait(false);
        ProtobufReader reader = new(answer.Span);
        while (reader.Next())
        {
            if (reader.Field != 1) continue;
            ProtobufReader metric = new(reader.Bytes);
            while (metric.Next())
                if (metric.Field == 3)
                    return TypedMessage.Parse(metric.Bytes);
        }
        return new TypedMessage("", default);
    }

    private static byte[] Named(string id) => new ProcessRequest(id).ToBytes();

    private Task<ReadOnlyMemory<byte>> CallAsync(string method, byte[] payload, CancellationToken cancellationToken) =>
        connection.CallAsync(new TtrpcRequest(Service, method, payload), cancellationToken);
}
