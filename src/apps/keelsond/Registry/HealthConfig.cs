using System.Globalization;
using Keelson.Daemon.Configuration;
using Keelson.Registry.Health;
using Keelson.Registry.Storage;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>health</c> of a registry's configuration: what it cannot do without.</summary>
/// <remarks>
/// <code>
/// [health.storagedriver]  enabled, interval, threshold
/// [[health.file]]         file, interval
/// [[health.http]]         uri, statuscode, timeout, interval, threshold;  [….headers]
/// [[health.tcp]]          addr, timeout, interval, threshold
/// </code>
/// </remarks>
internal sealed record HealthConfig
{
    private readonly List<Func<HttpClient, HealthCheck>> checks = [];
    private Func<HealthCheck, HealthCheck>? storage = check => check;

    /// <summary>Reads the table.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static HealthConfig Read(ConfigSection section)
    {
        ConfigSection driver = section.Section("storagedriver");
        bool isOn = driver.Switch("enabled", true);
        Func<HealthCheck, HealthCheck> times = Times(driver);
        driver.End();
        HealthConfig config = new() { storage = isOn ? times : null };
        foreach (ConfigSection part in section.Sections("file"))
        {
            string file = Need(part, "file");
            config.Add(part, _ => HealthCheck.File(file));
        }
        foreach (ConfigSection part in section.Sections("http"))
        {
            if (!Uri.TryCreate(Need(part, "uri"), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")) throw part.Wrong("uri", "is no address of http or https");
            int status = (int)part.Integer("statuscode", 200, 100, 599);
            ConfigSection headers = part.Section("headers");
            List<KeyValuePair<string, string>> values = [];
            foreach (string name in headers.Keys)
                foreach (string value in headers.TextOrTexts(name)) values.Add(new(name, value));
            headers.End();
            config.Add(part, client => HealthCheck.Http(client, uri, status, values));
        }
        foreach (ConfigSection part in section.Sections("tcp"))
        {
            string address = Need(part, "addr");
            int colon = address.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)) throw part.Wrong("addr", "is no host and port");
            config.Add(part, _ => HealthCheck.Tcp(address[..colon].Trim('[', ']'), port));
        }
        section.End();
        return config;
    }

    /// <summary>The checks.</summary>
    /// <param name="store">The registry's store.</param>
    /// <param name="client">Asks others.</param>
    public IReadOnlyList<HealthCheck> Checks(IStorageDriver store, HttpClient client) => [.. storage is null ? [] : (HealthCheck[])[storage(HealthCheck.Storage(store))], .. checks.Select(check => check(client))];

    private void Add(ConfigSection part, Func<HttpClient, HealthCheck> check)
    {
        Func<HealthCheck, HealthCheck> times = Times(part);
        part.End();
        checks.Add(client => times(check(client)));
    }

    private static Func<HealthCheck, HealthCheck> Times(ConfigSection section)
    {
        TimeSpan? interval = Duration(section, "interval"), timeout = Duration(section, "timeout");
        int threshold = (int)section.Integer("threshold", 1, 0, 1_000_000);
        return check => check with { Interval = interval ?? check.Interval, Timeout = timeout ?? check.Timeout, Threshold = threshold };
    }

    private static TimeSpan? Duration(ConfigSection section, string key)
    {
        TimeSpan value = section.Duration(key, TimeSpan.MinValue);
        if (value == TimeSpan.MinValue) return null;
        return value > TimeSpan.Zero ? value : throw section.Wrong(key, "is no time");
    }

    private static string Need(ConfigSection section, string key) => section.Text(key) ?? throw section.Wrong(key, "is missing");
}
