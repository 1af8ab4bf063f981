using Keelson.Daemon.Configuration;
using Keelson.Registry.Events;
using Keelson.Registry.Notifications;
using Keelson.Registry.Storage;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>notifications</c> of a registry's configuration.</summary>
/// <remarks>
/// <code>
/// [notifications]              queue (a folder; in the store by default), queuelimit (bytes)
/// [notifications.events]       includereferences
/// [[notifications.endpoints]]  name, url, disabled, timeout, threshold, backoff, ignoredmediatypes
///   [….headers]                NAME = "value" or [values]
///   [….ignore]                 mediatypes, actions
/// </code>
/// </remarks>
internal sealed record NotificationConfig
{
    private NotificationOptions? options;
    private string? folder;

    /// <summary>Reads the table.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static NotificationConfig Read(ConfigSection section)
    {
        ConfigSection events = section.Section("events");
        List<NotificationEndpoint> endpoints = [];
        foreach (ConfigSection part in section.Sections("endpoints"))
        {
            (NotificationEndpoint endpoint, bool isDisabled) = ReadEndpoint(part);
            if (!isDisabled) endpoints.Add(endpoint);
        }
        NotificationConfig config = new() { folder = section.Text("queue") };
        NotificationOptions options = new() { Endpoints = endpoints, IncludesReferences = events.Switch("includereferences", false) };
        options = options with { QueueLimitBytes = section.Integer("queuelimit", options.QueueLimitBytes, 1 << 20, long.MaxValue) };
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[events, section]) part.End();
        if (endpoints.Count > 0) config.options = options;
        return config;
    }

    /// <summary>Opens the queue.</summary>
    /// <param name="store">The registry's store.</param>
    /// <param name="member">What the registry is called among those that share the store, each of which has a queue of its own; empty where none do.</param>
    /// <param name="source">Where the registry listens.</param>
    /// <param name="logger">Hears of endpoints that do not answer.</param>
    /// <returns><see langword="null"/>: nobody is told.</returns>
    /// <exception cref="KeelsonException">The queue is not usable.</exception>
    public async Task<OpenNotifications?> OpenAsync(IStorageDriver store, string member, string source, ILogger logger)
    {
        if (options is null) return null;
        FilesystemDriver? own = folder is null ? null : new(folder);
        try
        {
            return new(await Notifier.OpenAsync(own ?? store, options with { Source = source, Folder = member.Length == 0 || own is not null ? options.Folder : $"{options.Folder}-{member}" }, logger).ConfigureAwait(false), own);
        }
        catch
        {
            if (own is not null) await own.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static (NotificationEndpoint Endpoint, bool IsDisabled) ReadEndpoint(ConfigSection section)
    {
        string name = section.Text("name") ?? throw section.Wrong("name", "is missing"), url = section.Text("url") ?? throw section.Wrong("url", "is missing");
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address)) throw section.Wrong("url", "is no address");
        NotificationEndpoint endpoint = new() { Name = name, Url = address };
        ConfigSection headers = section.Section("headers"), ignore = section.Section("ignore");
        List<KeyValuePair<string, string>> values = [];
        foreach (string header in headers.Keys)
            foreach (string value in headers.TextOrTexts(header)) values.Add(new(header, value));
        HashSet<EventAction> actions = [];
        foreach (string action in ignore.Texts("actions")) actions.Add(EventActions.TryParse(action, out EventAction known) ? known : throw ignore.Wrong("actions", $"'{action}' is none of pull, push, mount, delete"));
        endpoint = endpoint with
        {
            Headers = values,
            IgnoredActions = actions,
            IgnoredMediaTypes = new HashSet<string>([.. section.Texts("ignoredmediatypes"), .. ignore.Texts("mediatypes")]),
            Timeout = section.Duration("timeout", endpoint.Timeout),
            Backoff = section.Duration("backoff", endpoint.Backoff),
            Threshold = (int)section.Integer("threshold", endpoint.Threshold, 1, 1_000_000),
        };
        bool isDisabled = section.Switch("disabled", false);
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[headers, ignore, section]) part.End();
        return (endpoint, isDisabled);
    }
}
