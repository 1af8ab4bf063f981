using System.Globalization;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Networks;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;
using ContainerState = Keelson.Engine.Containers.ContainerState;
using ContainerStatus = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.DockerApi.Containers;

/// <summary>Containers as lines of a list; one object serves one list.</summary>
internal sealed class ContainerSummaries(DockerApiServices services)
{
    private readonly BuiltInNetworks networks = new(services);
    private readonly DateTimeOffset now = services.Time.GetUtcNow();
    private readonly Dictionary<string, string?> asked = [];
    private Dictionary<string, string>? identities;

    /// <summary>The line of a container.</summary>
    public async Task<Docker.ContainerSummary> OfAsync(ContainerInfo container, bool withSize, CancellationToken cancel)
    {
        ContainerSize size = withSize ? await services.Containers.SizeAsync(container.Id, cancel).ConfigureAwait(false) : new(0, 0);
        return new()
        {
            Id = container.Id,
            Names = ["/" + container.Name],
            Image = await ImageAsync(container, cancel).ConfigureAwait(false),
            ImageID = container.ImageId,
            Command = Command(container),
            Created = container.CreatedAt.ToUnixTimeSeconds(),
            Ports = Ports(container),
            SizeRw = size.WritableBytes,
            SizeRootFs = size.RootBytes,
            Labels = new(container.Settings.Labels ?? new Dictionary<string, string>()),
            State = ContainerMessages.Word(container.State.Status),
            Status = Status(container.State, now),
            HostConfig = new() { NetworkMode = container.Host.NetworkMode },
            NetworkSettings = new() { Networks = networks.Endpoints(container) },
            Mounts = [.. container.Mounts.Select(ContainerMessages.MountPoint)],
        };
    }

    /// <summary>What a container is doing, in docker's words: <c>Up 3 minutes</c>, <c>Exited (0) 2 days ago</c>.</summary>
    internal static string Status(ContainerState state, DateTimeOffset now)
    {
        TimeSpan up = now - (state.StartedAt ?? now), ago = now - (state.FinishedAt ?? now);
        return state.Status switch
        {
            ContainerStatus.Running => "Up " + GoTime.Human(up),
            ContainerStatus.Paused => $"Up {GoTime.Human(up)} (Paused)",
            ContainerStatus.Restarting => string.Create(CultureInfo.InvariantCulture, $"Restarting ({state.ExitCode}) {GoTime.Human(ago)} ago"),
            ContainerStatus.Removing => "Removal In Progress",
            ContainerStatus.Dead => "Dead",
            ContainerStatus.Created => "Created",
            _ => string.Create(CultureInfo.InvariantCulture, $"Exited ({state.ExitCode}) {GoTime.Human(ago)} ago"),
        };
    }

    /// <summary>Program and arguments, those with a space between quotes.</summary>
    internal static string Command(ContainerInfo container) =>
        string.Join(' ', container.Arguments.Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word).Prepend(container.Path));

    private static Docker.Port[] Ports(ContainerInfo container) =>
        [.. (container.Settings.ExposedPorts ?? new Dictionary<string, EmptyObject>()).Keys.Select(Port).OfType<Docker.Port>()];

    private static Docker.Port? Port(string text)
    {
        string[] parts = text.Split('/');
        return ushort.TryParse(parts[0], CultureInfo.InvariantCulture, out ushort port) ? new() { PrivatePort = port, Type = parts.Length > 1 ? parts[1] : "tcp" } : null;
    }

    /// <summary>The image as it was asked for, or its identity when that name means another one by now.</summary>
    private async Task<string> ImageAsync(ContainerInfo container, CancellationToken cancel)
    {
        string name = container.Settings.Image;
        if (name == container.ImageId || name.Length == 0) return container.ImageId;
        if (!asked.TryGetValue(name, out string? id))
        {
            identities ??= await IdentitiesAsync(cancel).ConfigureAwait(false);
            asked[name] = id = ImageReference.TryParse(name, out ImageReference? reference) ? identities.GetValueOrDefault(reference!.ToString()) : null;
        }
        if (id is not null) return id == container.ImageId ? name : container.ImageId;
        string digits = container.ImageId[(container.ImageId.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return digits.StartsWith(name, StringComparison.Ordinal) || container.ImageId.StartsWith(name, StringComparison.Ordinal) ? name : container.ImageId;
    }

    private async Task<Dictionary<string, string>> IdentitiesAsync(CancellationToken cancel)
    {
        Dictionary<string, string> found = [];
        foreach (EngineImage image in await services.Images.ListAsync(services.Containers.Namespace, cancel).ConfigureAwait(false))
            foreach (string name in image.Names) found[name] = image.Id.ToString();
        return found;
    }
}
