using System.Globalization;
using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;

namespace Keelson.DockerApi.Containers;

/// <summary>Which containers a list or a prune is about.</summary>
internal sealed class ContainerFilter
{
    private static readonly string[] Statuses = ["created", "running", "paused", "restarting", "removing", "exited", "dead", "removed"];
    private readonly FilterSet filters;
    private readonly ContainerInfo? before, since;
    private readonly HashSet<string>? ancestors;
    private readonly Networks.NetworkMessages networks;
    private readonly Engine.Networks.INetworkService service;
    private readonly List<int> exits = [];

    private ContainerFilter(FilterSet filters, DockerApiServices services, ContainerInfo? before, ContainerInfo? since, HashSet<string>? ancestors)
    {
        this.filters = filters;
        networks = new(services);
        service = services.Containers.Networks;
        this.before = before;
        this.since = since;
        this.ancestors = ancestors;
        foreach (string text in filters["exited"])
            exits.Add(int.TryParse(text, CultureInfo.InvariantCulture, out int code) ? code : throw ApiException.BadRequest($"strconv.Atoi: parsing \"{text}\": invalid syntax"));
        foreach (string text in filters["status"])
            if (!Statuses.Contains(text)) throw ApiException.BadRequest($"Invalid filter 'status={text}'");
        foreach (string text in filters["health"])
            if (text is not ("none" or "starting" or "healthy" or "unhealthy")) throw ApiException.BadRequest($"Unrecognised filter value for health: {text}");
    }

    /// <summary>Reads the filters of a list.</summary>
    /// <exception cref="ApiException">400: a filter is unknown or makes no sense. 404: a container it names is not there.</exception>
    public static async Task<ContainerFilter> ParseAsync(Call call, DockerApiServices services)
    {
        FilterSet filters = call.Filters("ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network", "publish", "since", "status", "volume");
        ContainerInfo? One(string name) => filters[name] is [string container, ..] ? services.Containers.Find(container) : null;
        return new(filters, services, One("before"), One("since"), await AncestorsAsync(filters, services, call.Cancel).ConfigureAwait(false));
    }

    /// <summary>Whether containers that do not run are meant without being asked for.</summary>
    public bool ChoosesStatus => filters.Has("status");

    /// <summary>Whether removed containers are meant, too, whose logs are kept.</summary>
    public bool ChoosesRemoved => filters["status"].Contains("removed");

    /// <summary>Whether a container is meant.</summary>
    public bool Matches(ContainerInfo container) =>
        filters.IsEmpty
        || filters.Pattern("id", container.Id)
        && (filters.Pattern("name", container.Name) || filters.Pattern("name", "/" + container.Name))
        && filters.Labels("label", container.Settings.Labels)
        && filters.Exact("status", ContainerMessages.Word(container.State.Status))
        && (exits.Count == 0 || exits.Contains(container.State.ExitCode) && !container.State.IsRunning && container.State.WasStarted)
        && (before is null || container.CreatedAt < before.CreatedAt)
        && (since is null || container.CreatedAt > since.CreatedAt)
        && (ancestors is null || ancestors.Contains(container.ImageId))
        && (!filters.Has("volume") || container.Mounts.Any(mount => filters.Exact("volume", mount.Name) || filters.Exact("volume", mount.Destination)))
        && (!filters.Has("network") || filters["network"].Any(name => networks.IsIn(container, name)))
        && filters.Exact("isolation", container.Host.Isolation)
        && filters.Exact("health", ContainerHealth.Word(container.State.Health))
        && (filters.Flag("is-task") ?? false) == false
        && MatchesPorts(container);

    private bool MatchesPorts(ContainerInfo container)
    {
        if (filters.Has("publish") && service.SandboxOf(container.Id)?.Ports.Any(port => Names("publish", Networks.PortText.OfHost(port))) != true) return false;
        return !filters.Has("expose") || (container.Settings.ExposedPorts?.Keys.Any(port => Names("expose", port)) ?? false);
    }

    /// <summary>Whether a filter names a port, <c>80</c>, <c>80/udp</c>, or has it in a range, <c>8000-8080/tcp</c>.</summary>
    private bool Names(string filter, string port)
    {
        string[] own = port.Split('/');
        return filters[filter].Any(wanted =>
        {
            string[] words = wanted.Split('/', 2), ends = words[0].Split('-', 2);
            return int.TryParse(own[0], CultureInfo.InvariantCulture, out int number) && (words.Length == 1 ? "tcp" : words[1]) == (own.Length == 1 ? "tcp" : own[1])
                && int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last) && number >= first && number <= last;
        });
    }

    private static async Task<HashSet<string>?> AncestorsAsync(FilterSet filters, DockerApiServices services, CancellationToken cancel)
    {
        if (!filters.Has("ancestor")) return null;
        HashSet<string> found = [];
        foreach (string name in filters["ancestor"])
        {
            try
            {
                EngineImage image = await services.Images.GetAsync(services.Containers.Namespace, name, cancel).ConfigureAwait(false);
                found.Add(image.Id.ToString());
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
            {
                // dockerd lists nothing of an image that it does not have.
            }
        }
        return found;
    }
}
