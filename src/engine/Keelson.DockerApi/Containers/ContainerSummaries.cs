using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Networks;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Network;
using Keelson.Network.Records;
using Keelson.Oci;
using ContainerState = Keelson.Engine.Containers.ContainerState;
using ContainerStatus = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.DockerApi.Containers;

/// <summary>Containers as lines of a list; one object serves one list.</summary>
/// <remarks>
/// Lines are written, not made: a list of a thousand containers is asked for by every <c>ps</c>, and objects and serializer would take several times as long.
/// Fields and their order are those of <see cref="Docker.ContainerSummary"/>.
/// </remarks>
internal sealed class ContainerSummaries
{
    private readonly DockerApiServices services;
    private readonly NetworkMessages networks;
    private readonly DateTimeOffset now;
    private readonly Dictionary<string, string?> asked = [];
    private readonly Dictionary<string, EndpointJson> endpoints = [];
    private readonly Dictionary<string, string> identities;

    private ContainerSummaries(DockerApiServices services, Dictionary<string, string> identities)
    {
        this.services = services;
        this.identities = identities;
        networks = new(services);
        now = services.Time.GetUtcNow();
    }

    /// <summary>Begins a list: looks what the names of images mean now.</summary>
    public static async Task<ContainerSummaries> BeginAsync(DockerApiServices services, CancellationToken cancel)
    {
        Dictionary<string, string> identities = [];
        foreach (EngineImage image in await services.Images.ListAsync(services.Containers.Namespace, cancel).ConfigureAwait(false))
            foreach (string name in image.Names) identities[name] = image.Id.ToString();
        return new(services, identities);
    }

    /// <summary>The size of a container; <see langword="null"/> when it was removed meanwhile.</summary>
    public async Task<ContainerSize?> SizeAsync(ContainerInfo container, CancellationToken cancel)
    {
        try
        {
            return await services.Containers.SizeAsync(container.Id, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>The line of a container as a message.</summary>
    public Docker.ContainerSummary Message(ContainerInfo container, ContainerSize size)
    {
        ArrayBufferWriter<byte> utf8 = new();
        using (Utf8JsonWriter json = new(utf8)) Write(json, container, size);
        return JsonSerializer.Deserialize(utf8.WrittenSpan, Docker.DockerJson.Default.ContainerSummary)!;
    }

    /// <summary>Writes the line of a container.</summary>
    public void Write(Utf8JsonWriter json, ContainerInfo container, ContainerSize? size)
    {
        json.WriteStartObject();
        json.WriteString(Field.Id, container.Id);
        json.WriteStartArray(Field.Names);
        json.WriteStringValue("/" + container.Name);
        json.WriteEndArray();
        json.WriteString(Field.Image, Image(container));
        json.WriteString(Field.ImageID, container.ImageId);
        json.WriteString(Field.Command, Command(container));
        json.WriteNumber(Field.Created, container.CreatedAt.ToUnixTimeSeconds());
        WritePorts(json, container.Settings.ExposedPorts, services.Containers.Networks.SandboxOf(container.Id)?.Ports ?? []);
        if (size is { WritableBytes: not 0 }) json.WriteNumber(Field.SizeRw, size.WritableBytes);
        if (size is { RootBytes: not 0 }) json.WriteNumber(Field.SizeRootFs, size.RootBytes);
        WriteLabels(json, container.Settings.Labels);
        json.WriteString(Field.State, ContainerMessages.Word(container.State.Status));
        json.WriteString(Field.Status, Status(container.State, now));
        json.WriteStartObject(Field.HostConfig);
        if (container.Host.NetworkMode is { Length: > 0 } mode) json.WriteString(Field.NetworkMode, mode);
        json.WriteEndObject();
        json.WritePropertyName(Field.NetworkSettings);
        json.WriteRawValue(Networks(container), skipInputValidation: true);
        WriteMounts(json, container.Mounts);
        json.WriteEndObject();
    }

    /// <summary>What a container is doing, in docker's words: <c>Up 3 minutes</c>, <c>Exited (0) 2 days ago</c>.</summary>
    internal static string Status(ContainerState state, DateTimeOffset now)
    {
        TimeSpan up = now - (state.StartedAt ?? now), ago = now - (state.FinishedAt ?? now);
        return state.Status switch
        {
            ContainerStatus.Running when state.Health is { } health => $"Up {GoTime.Human(up)} ({(health.Status == HealthStatus.Starting ? "health: starting" : ContainerHealth.Word(health))})",
            ContainerStatus.Running => "Up " + GoTime.Human(up),
            ContainerStatus.Paused => $"Up {GoTime.Human(up)} (Paused)",
            ContainerStatus.Restarting => string.Create(CultureInfo.InvariantCulture, $"Restarting ({state.ExitCode}) {GoTime.Human(ago)} ago"),
            ContainerStatus.Removing => "Removal In Progress",
            ContainerStatus.Dead => "Dead",
            ContainerStatus.Removed => string.Create(CultureInfo.InvariantCulture, $"Removed, exited ({state.ExitCode}) {GoTime.Human(ago)} ago"),
            ContainerStatus.Created => "Created",
            _ => string.Create(CultureInfo.InvariantCulture, $"Exited ({state.ExitCode}) {GoTime.Human(ago)} ago"),
        };
    }

    /// <summary>Program and arguments, those with a space between quotes.</summary>
    internal static string Command(ContainerInfo container)
    {
        // Most containers have one word: a program without arguments, or a shell.
        (IReadOnlyList<string>? entrypoint, IReadOnlyList<string>? command) = (container.Settings.Entrypoint, container.Settings.Cmd);
        if ((entrypoint?.Count ?? 0) + (command?.Count ?? 0) == 1) return entrypoint is [string program] ? program : command![0];
        return string.Join(' ', container.Arguments.Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word).Prepend(container.Path));
    }

    private static void WritePorts(Utf8JsonWriter json, IReadOnlyDictionary<string, EmptyObject>? exposed, IReadOnlyList<PortRecord> published)
    {
        json.WriteStartArray(Field.Ports);
        foreach (PortRecord port in published)
        {
            json.WriteStartObject();
            json.WriteString(Field.IP, port.HostAddress);
            json.WriteNumber(Field.PrivatePort, port.ContainerPort);
            json.WriteNumber(Field.PublicPort, port.HostPort);
            json.WriteString(Field.Type, PublishedPort.Name(port.Protocol));
            json.WriteEndObject();
        }
        if (exposed is { Count: > 0 })
            foreach (string text in exposed.Keys)
            {
                string[] parts = text.Split('/');
                if (!ushort.TryParse(parts[0], CultureInfo.InvariantCulture, out ushort port) || published.Any(other => other.ContainerPort == port && PublishedPort.Name(other.Protocol) == (parts.Length > 1 ? parts[1] : "tcp"))) continue;
                json.WriteStartObject();
                json.WriteNumber(Field.PrivatePort, port);
                json.WriteString(Field.Type, parts.Length > 1 ? parts[1] : "tcp");
                json.WriteEndObject();
            }
        json.WriteEndArray();
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? labels)
    {
        json.WriteStartObject(Field.Labels);
        if (labels is { Count: > 0 })
            foreach ((string name, string value) in labels) json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteMounts(Utf8JsonWriter json, IReadOnlyList<MountPoint> mounts)
    {
        json.WriteStartArray(Field.Mounts);
        for (int i = 0; i < mounts.Count; i++) JsonSerializer.Serialize(json, ContainerMessages.MountPoint(mounts[i]), Docker.DockerJson.Default.MountPoint);
        json.WriteEndArray();
    }

    private ReadOnlySpan<byte> Networks(ContainerInfo container)
    {
        if (container.Networks.Count > 0) return JsonSerializer.SerializeToUtf8Bytes(new() { Networks = networks.Endpoints(container) }, Docker.DockerJson.Default.SummaryNetworkSettings);
        string name = NetworkMessages.SharedName(container) ?? "";
        if (!endpoints.TryGetValue(name, out EndpointJson? json))
            endpoints[name] = json = new(new() { Networks = name.Length == 0 ? [] : new() { [name] = new() { NetworkID = services.Containers.Networks.Find(name).Id } } });
        return container.State.IsRunning && name.Length > 0 ? json.With(networks.EndpointId(container)) : json.Idle;
    }

    /// <summary>The image as it was asked for, or its identity when that name means another one by now.</summary>
    private string Image(ContainerInfo container)
    {
        string name = container.Settings.Image;
        if (name == container.ImageId || name.Length == 0) return container.ImageId;
        if (!asked.TryGetValue(name, out string? id))
            asked[name] = id = ImageReference.TryParse(name, out ImageReference? reference) ? identities.GetValueOrDefault(reference!.ToString()) : null;
        if (id is not null) return id == container.ImageId ? name : container.ImageId;
        string digits = container.ImageId[(container.ImageId.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return digits.StartsWith(name, StringComparison.Ordinal) || container.ImageId.StartsWith(name, StringComparison.Ordinal) ? name : container.ImageId;
    }

    /// <summary>Names of fields, ready to be written.</summary>
    private static class Field
    {
        public static readonly JsonEncodedText Id = JsonEncodedText.Encode(nameof(Id)), Names = JsonEncodedText.Encode(nameof(Names)), Image = JsonEncodedText.Encode(nameof(Image)),
            ImageID = JsonEncodedText.Encode(nameof(ImageID)), Command = JsonEncodedText.Encode(nameof(Command)), Created = JsonEncodedText.Encode(nameof(Created)),
            Ports = JsonEncodedText.Encode(nameof(Ports)), PrivatePort = JsonEncodedText.Encode(nameof(PrivatePort)), PublicPort = JsonEncodedText.Encode(nameof(PublicPort)), IP = JsonEncodedText.Encode(nameof(IP)), Type = JsonEncodedText.Encode(nameof(Type)),
            SizeRw = JsonEncodedText.Encode(nameof(SizeRw)), SizeRootFs = JsonEncodedText.Encode(nameof(SizeRootFs)), Labels = JsonEncodedText.Encode(nameof(Labels)),
            State = JsonEncodedText.Encode(nameof(State)), Status = JsonEncodedText.Encode(nameof(Status)), HostConfig = JsonEncodedText.Encode(nameof(HostConfig)),
            NetworkMode = JsonEncodedText.Encode(nameof(NetworkMode)), NetworkSettings = JsonEncodedText.Encode(nameof(NetworkSettings)), Mounts = JsonEncodedText.Encode(nameof(Mounts));
    }
}
