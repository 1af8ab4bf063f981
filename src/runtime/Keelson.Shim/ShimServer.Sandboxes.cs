using System.Runtime.InteropServices;
using Keelson.Protobuf;
using Keelson.Shim.Api;
using Keelson.Shim.Tasks;

namespace Keelson.Shim;

/// <summary>The nine methods of <c>containerd.runtime.sandbox.v1.Sandbox</c>.</summary>
internal sealed partial class ShimServer
{
    private readonly Dictionary<string, ShimSandbox> sandboxes = new(StringComparer.Ordinal);

    private Task<byte[]> ServeSandboxAsync(string method, ReadOnlyMemory<byte> payload, CancellationToken closed) => method switch
    {
        "CreateSandbox" => CreateSandboxAsync(SandboxCreateRequest.Parse(payload.Span)),
        "StartSandbox" => StartSandboxAsync(FindSandbox(payload)),
        "Platform" => Answer(Platform(FindSandbox(payload))),
        "StopSandbox" => StopSandboxAsync(FindSandbox(payload), TimeSpan.FromSeconds(SecondNumber(payload))),
        "WaitSandbox" => WaitSandboxAsync(FindSandbox(payload), closed),
        "SandboxStatus" => Answer(SandboxState(FindSandbox(payload), isVerbose: SecondNumber(payload) != 0)),
        "PingSandbox" => Answer(Ping(FindSandbox(payload))),
        "ShutdownSandbox" => ShutdownSandboxAsync(FindSandbox(payload)),
        "SandboxMetrics" => Answer(SandboxMetrics(FindSandbox(payload))),
        _ => throw new KeelsonException(ErrorKind.Unsupported, $"method {SandboxClient.Service}/{method}: it is not served here"),
    };

    private ShimSandbox FindSandbox(ReadOnlyMemory<byte> payload)
    {
        string id = ProcessName(payload);
        return sandboxes.TryGetValue(id, out ShimSandbox? sandbox) ? sandbox : throw new KeelsonException(ErrorKind.NotFound, $"sandbox {id} does not exist: not found");
    }

    /// <summary>All these requests name the sandbox first; their second field differs.</summary>
    private static string ProcessName(ReadOnlyMemory<byte> payload)
    {
        ProtobufReader reader = new(payload.Span);
        while (reader.Next())
            if (reader.Field == 1)
                return reader.Text;
        return "";
    }

    private static uint SecondNumber(ReadOnlyMemory<byte> payload)
    {
        ProtobufReader reader = new(payload.Span);
        while (reader.Next())
            if (reader.Field == 2)
                return (uint)reader.Number;
        return 0;
    }

    private async Task<byte[]> CreateSandboxAsync(SandboxCreateRequest request)
    {
        CheckName(request.Id);
        if (containers.ContainsKey(request.Id) || sandboxes.ContainsKey(request.Id) || !creating.Add(request.Id))
            throw new KeelsonException(ErrorKind.AlreadyExists, $"sandbox {request.Id}: a sandbox or container of this name already exists");
        try
        {
            sandboxes.Add(request.Id, await ShimSandbox.CreateAsync(context, request));
            wasUsed = true;
            return [];
        }
        finally
        {
            creating.Remove(request.Id);
            Release(request.Id);
        }
    }

    private static async Task<byte[]> StartSandboxAsync(ShimSandbox sandbox)
    {
        await sandbox.StartAsync();
        ProtobufWriter response = new();
        response.NumberIfSet(1, sandbox.Pid);
        response.Time(2, sandbox.CreatedAt);
        return response.ToArray();
    }

    /// <summary>Containers run on this machine's own kernel.</summary>
    private static byte[] Platform(ShimSandbox _)
    {
        ProtobufWriter platform = new(), response = new();
        platform.Text(1, "linux");
        platform.Text(2, RuntimeInformation.OSArchitecture == Architecture.X64 ? "amd64" : RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant());
        response.Message(1, platform);
        return response.ToArray();
    }

    private async Task<byte[]> StopSandboxAsync(ShimSandbox sandbox, TimeSpan timeout)
    {
        await sandbox.StopAsync(Inside(sandbox), timeout);
        return [];
    }

    private static async Task<byte[]> WaitSandboxAsync(ShimSandbox sandbox, CancellationToken closed) => (await sandbox.Exited.WaitAsync(closed)).ToWaitBytes();

    private byte[] SandboxState(ShimSandbox sandbox, bool isVerbose) =>
        sandbox.Status(isVerbose ? new Dictionary<string, string> { ["containers"] = string.Join(',', Inside(sandbox).ConvertAll(container => container.Id)) } : []).ToBytes();

    private static byte[] Ping(ShimSandbox _) => [];

    private async Task<byte[]> ShutdownSandboxAsync(ShimSandbox sandbox)
    {
        // A container that comes while others go is found by the next round.
        for (List<ShimContainer> inside = Inside(sandbox); ; inside = Inside(sandbox))
        {
            await sandbox.StopAsync(inside, TimeSpan.Zero);
            foreach (ShimContainer container in inside)
            {
                await container.DeleteAsync("");
                containers.Remove(container.Id);
            }
            if (inside.Count == 0) break;
        }
        await sandbox.DeleteAsync();
        sandboxes.Remove(sandbox.Id);
        isEnding |= IsIdle;
        return [];
    }

    private byte[] SandboxMetrics(ShimSandbox sandbox)
    {
        ProtobufWriter metric = new(), response = new();
        metric.Time(1, context.Loop.Now);
        metric.Text(2, sandbox.Id);
        metric.Message(3, sandbox.Stats().Write());
        response.Message(1, metric);
        return response.ToArray();
    }

    private List<ShimContainer> Inside(ShimSandbox sandbox) => [.. containers.Values.Where(container => container.Sandbox == sandbox.Id)];
}
