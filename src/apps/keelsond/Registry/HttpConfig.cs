using Keelson.Daemon.Configuration;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>http</c> of a registry's configuration: where and how it listens.</summary>
/// <remarks>
/// <code>
/// [http]                   addr, host, prefix, relativeurls, draintimeout
/// [http.headers]           NAME = "value" or [values], of every answer
/// [http.http2]             disabled
/// [http.h2c]               enabled: HTTP/2 with prior knowledge, without TLS
/// [http.tls]               see TlsConfig
/// [http.debug]             addr
/// [http.debug.prometheus]  enabled, path
/// </code>
/// </remarks>
internal sealed record HttpConfig
{
    /// <summary>Where it listens.</summary>
    public string Address { get; private init; } = ":5000";

    /// <summary>Scheme and host that clients reach it by; <see langword="null"/>: what each request says.</summary>
    public string? Host { get; private init; }

    /// <summary>What all paths begin with, without a slash at its end; empty for nothing.</summary>
    public string Prefix { get; private init; } = "";

    public bool HasRelativeUrls { get; private init; }

    /// <summary>How long requests that run may go on when the registry stops: pushes of long layers among them.</summary>
    public TimeSpan DrainLimit { get; private init; } = TimeSpan.FromSeconds(30);

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private init; } = [];

    public bool HasHttp2 { get; private init; } = true;

    public bool HasH2c { get; private init; }

    public TlsConfig? Tls { get; private init; }

    /// <summary>Where metrics and health are; <see langword="null"/>: nowhere.</summary>
    public string? DebugAddress { get; private init; }

    /// <summary>The path of the metrics there; <see langword="null"/>: there are none.</summary>
    public string? MetricsPath { get; private init; }

    /// <summary>Reads the table.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static HttpConfig Read(ConfigSection http)
    {
        ConfigSection headers = http.Section("headers"), http2 = http.Section("http2"), h2c = http.Section("h2c"), debug = http.Section("debug"), prometheus = debug.Section("prometheus");
        HttpConfig standard = new();
        string prefix = (http.Text("prefix") ?? "").TrimEnd('/');
        if (prefix.Length > 0 && prefix[0] != '/') throw http.Wrong("prefix", "does not begin with a slash");
        List<KeyValuePair<string, string>> values = [];
        foreach (string name in headers.Keys)
        {
            if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) throw headers.Wrong(name, "is no name of a header");
            foreach (string value in headers.TextOrTexts(name)) values.Add(new(name, value));
        }
        string? path = prometheus.Text("path");
        HttpConfig config = standard with
        {
            Address = http.Text("addr") ?? standard.Address,
            Host = http.Text("host") is { Length: > 0 } host ? host : null,
            Prefix = prefix,
            HasRelativeUrls = http.Switch("relativeurls", false),
            DrainLimit = http.Duration("draintimeout", standard.DrainLimit),
            Headers = values,
            HasHttp2 = !http2.Switch("disabled", false),
            HasH2c = h2c.Switch("enabled", false),
            Tls = TlsConfig.Read(http.Section("tls")),
            DebugAddress = debug.Text("addr"),
            MetricsPath = prometheus.Switch("enabled", false) ? path ?? "/metrics" : null,
        };
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[headers, http2, h2c, prometheus, debug, http]) part.End();
        if (config.MetricsPath is { } metrics && !metrics.StartsWith('/')) throw prometheus.Wrong("path", "does not begin with a slash");
        return config;
    }
}
