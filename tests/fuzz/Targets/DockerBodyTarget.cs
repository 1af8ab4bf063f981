using System.Text.Json;
using Keelson.DockerApi.Containers;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Networks;
using Keelson.Engine.Containers;

namespace Keelson.Fuzz.Targets;

/// <summary>JSON bodies of docker's clients: read, checked, and shown again by inspect.</summary>
internal sealed class DockerBodyTarget : IFuzzTarget
{
    private static readonly MachineFacts Machine = new() { Hostname = "host" };

    public string Name => "docker-body";

    public void Run(ReadOnlySpan<byte> input)
    {
        Try(input, Create);
        Try(input, utf8 => _ = Call.Parse(utf8, ContainerJson.Default.ContainerUpdate));
        Try(input, utf8 => _ = Call.Parse(utf8, ContainerJson.Default.ExecOptions));
        Try(input, utf8 => _ = NetworkRequests.Wish(Call.Parse(utf8, Docker.DockerJson.Default.NetworkCreateRequest)));
    }

    private static void Create(ReadOnlySpan<byte> utf8)
    {
        CreateRequest request = CreateRequest.Parse(utf8);
        HostSettings host = SettingsCheck.Run(request.Host, request.Settings, Machine, "bridge", []);
        _ = PortPlan.Make(host, request.Settings);
        IReadOnlyList<MountPoint> mounts = MountPlan.Make(request.Settings, host, name => throw new KeelsonException(ErrorKind.NotFound, $"container {name}: there is none"));
        foreach (MountPoint mount in mounts)
            if (!mount.Destination.StartsWith('/') || mount.Destination.Split('/').Contains("..")) throw new InvalidOperationException($"a mount at {mount.Destination}");
        // What is kept of it is read again after a restart.
        StoredContainer stored = new() { Settings = request.Settings, Host = host, Mounts = mounts };
        byte[] kept = JsonSerializer.SerializeToUtf8Bytes(stored, StoredJson.Default.StoredContainer);
        byte[] again = JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize(kept, StoredJson.Default.StoredContainer)!, StoredJson.Default.StoredContainer);
        if (!kept.AsSpan().SequenceEqual(again)) throw new InvalidOperationException($"what is kept is read otherwise: {System.Text.Encoding.UTF8.GetString(kept)} and {System.Text.Encoding.UTF8.GetString(again)}");
        _ = ContainerMessages.Config(request.Settings);
    }

    private static void Try(ReadOnlySpan<byte> input, Action<ReadOnlySpan<byte>> read)
    {
        try
        {
            read(input);
        }
        catch (ApiException e) when (e.Status == 400)
        {
            // Refused, as it should be.
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.InvalidArgument or ErrorKind.NotFound or ErrorKind.Unsupported)
        {
            // Refused, as it should be.
        }
    }
}
