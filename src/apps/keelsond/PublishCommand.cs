using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Protobuf;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Daemon;

/// <summary><c>keelsond publish</c>: brings the daemon an event for a program that speaks no ttrpc, as a shim of containerd may call it.</summary>
internal static class PublishCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Publishes the event on standard input, a <c>google.protobuf.Any</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: topic or namespace are missing, or refused. Unavailable: the daemon is not there.</exception>
    public static async Task RunAsync(CommandLine line)
    {
        string topic = line.Topic ?? throw new KeelsonException(ErrorKind.InvalidArgument, "publish: --topic is missing");
        string space = line.Namespace ?? throw new KeelsonException(ErrorKind.InvalidArgument, "publish: --namespace is missing");
        Files.TryReadAll(0, out ReadOnlyMemory<byte> input, EventDraft.PayloadLimitBytes).ThrowIfError("read", "standard input");
        ProtobufWriter envelope = new(), request = new();
        envelope.Time(1, TimeProvider.System.GetUtcNow());
        envelope.Text(2, space);
        envelope.Text(3, topic);
        envelope.Message(4, TypedMessage.Parse(input.Span).Write());
        request.Message(1, envelope);
        string address = DaemonOptions.Make(line).Address + ".ttrpc";
        await using TtrpcClient client = await TtrpcClient.ConnectAsync(address, Processes.EffectiveUserId).ConfigureAwait(false);
        await client.CallAsync(new("containerd.services.events.ttrpc.v1.Events", "Forward", request.ToArray()) { Timeout = Limit }).ConfigureAwait(false);
    }
}
