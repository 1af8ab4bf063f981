using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Server;

/// <summary><c>GET /events</c>: those that are kept since a moment, then those that come.</summary>
internal sealed class EventOperations(DockerApiServices services)
{
    private int listeners;

    /// <summary>How many clients wait for events.</summary>
    public int Listeners => Volatile.Read(ref listeners);

    /// <summary>Adds it to a table.</summary>
    public void Add(RouteTable routes) => routes.Add("GET", "/events", EventsAsync);

    private async Task EventsAsync(Call call)
    {
        DateTimeOffset? since = call.Query.Moment("since"), until = call.Query.Moment("until");
        DateTimeOffset now = services.Time.GetUtcNow();
        if (since > until) throw ApiException.BadRequest("`since` time cannot be after `until` time");
        FilterSet filters = call.Filters("config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume");
        bool follow = until is null || until > now;
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        using ITimer? timer = follow && until is { } moment ? services.Time.CreateTimer(_ => end.Cancel(), null, Wait(moment - now), Timeout.InfiniteTimeSpan) : null;
        // Taken before the answer begins: who has seen it begin misses nothing of what he does next.
        IAsyncEnumerable<ContainerEvent> events = services.Containers.EventsAsync(since is null && follow ? services.Containers.LastEvent : 0, follow, end.Token);
        JsonStream<Docker.EventMessage> stream = new(await call.StreamAsync("application/json").ConfigureAwait(false), Docker.DockerJson.Default.EventMessage);
        Interlocked.Increment(ref listeners);
        try
        {
            await foreach (ContainerEvent happened in events.ConfigureAwait(false))
            {
                if (happened.At < since || happened.At > until) continue;
                if (Matches(filters, happened)) await stream.WriteAsync(Message(happened), call.Cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!call.Cancel.IsCancellationRequested)
        {
            // The moment that the client gave has come.
        }
        finally
        {
            Interlocked.Decrement(ref listeners);
        }
    }

    /// <summary>Whether a client wants an event.</summary>
    internal static bool Matches(FilterSet filters, ContainerEvent happened)
    {
        string name = happened.Attributes.GetValueOrDefault("name", "");
        bool Of(string filter) => !filters.Has(filter) || happened.Type == filter && (filters.Prefix(filter, happened.ActorId) || filters.Exact(filter, name));
        return filters.Exact("type", happened.Type)
            && (filters.Exact("event", happened.Action) || filters.Exact("event", happened.Action.Split(':')[0]))
            && filters.Exact("scope", "local")
            && filters.Labels("label", happened.Attributes)
            && Of("container") && Of("volume") && Of("network") && Of("daemon") && Of("plugin") && Of("service") && Of("node") && Of("secret") && Of("config")
            && OfImage(filters, happened, name);
    }

    /// <summary>An event as docker's clients know it.</summary>
    internal static Docker.EventMessage Message(ContainerEvent happened)
    {
        bool hasStatus = happened.Type is "container" or "image";
        return new()
        {
            Status = hasStatus ? happened.Action : null,
            Id = hasStatus ? happened.ActorId : null,
            From = happened.Type == "container" ? happened.Attributes.GetValueOrDefault("image") : null,
            Type = happened.Type,
            Action = happened.Action,
            Actor = new() { ID = happened.ActorId, Attributes = new(happened.Attributes) },
            Scope = "local",
            Time = happened.At.ToUnixTimeSeconds(),
            TimeNano = GoTime.Nanoseconds(happened.At),
        };
    }

    private static bool OfImage(FilterSet filters, ContainerEvent happened, string name)
    {
        if (!filters.Has("image")) return true;
        string image = happened.Type == "image" ? name : happened.Attributes.GetValueOrDefault("image", "");
        int colon = image.LastIndexOf(':');
        return filters.Exact("image", happened.ActorId) || filters.Exact("image", image) || colon > image.LastIndexOf('/') && filters.Exact("image", image[..colon]);
    }

    private static TimeSpan Wait(TimeSpan time) => time < TimeSpan.FromDays(40) ? time : TimeSpan.FromDays(40);
}
