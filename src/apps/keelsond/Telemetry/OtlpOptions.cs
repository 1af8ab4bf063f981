namespace Keelson.Daemon.Telemetry;

/// <summary>Where traces are sent to and what they say of the daemon, by the variables of OpenTelemetry's specification.</summary>
/// <param name="Endpoint">The address of traces.</param>
/// <param name="Headers">Headers of each request.</param>
/// <param name="Resource">What the daemon is.</param>
internal sealed record OtlpOptions(Uri Endpoint, IReadOnlyList<KeyValuePair<string, string>> Headers, IReadOnlyList<KeyValuePair<string, string>> Resource)
{
    /// <summary>Reads the variables.</summary>
    /// <param name="variable">The value of one; <see langword="null"/> when it is not set.</param>
    /// <returns>The options; <see langword="null"/> when no traces are wanted.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: an address is none, or a protocol is asked for that is not spoken.</exception>
    public static OtlpOptions? Read(Func<string, string?> variable)
    {
        bool isOff = string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase) || variable("OTEL_TRACES_EXPORTER") is "none";
        string? exact = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), common = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
        string? text = exact is { Length: > 0 } ? exact : common is { Length: > 0 } ? common.TrimEnd('/') + "/v1/traces" : null;
        if (isOff || text is null) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint) || endpoint.Scheme is not ("http" or "https")) throw Wrong($"'{text}' is no address of http or https");
        // Receivers take JSON where they take Protocol Buffers; those of gRPC are others.
        if ((variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? variable("OTEL_EXPORTER_OTLP_PROTOCOL")) is { Length: > 0 } protocol and not ("http/json" or "http/protobuf"))
            throw Wrong($"the protocol {protocol} is not spoken; http/json is");
        return new(endpoint, Pairs(variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS") ?? variable("OTEL_EXPORTER_OTLP_HEADERS")),
            [new("service.name", variable("OTEL_SERVICE_NAME") is { Length: > 0 } name ? name : "keelsond"), .. Pairs(variable("OTEL_RESOURCE_ATTRIBUTES")).Where(pair => pair.Key != "service.name")]);
    }

    /// <summary>A list as of W3C Baggage: <c>a=b,c=d</c>, values percent-encoded.</summary>
    private static List<KeyValuePair<string, string>> Pairs(string? text)
    {
        List<KeyValuePair<string, string>> pairs = [];
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw Wrong($"'{part}' is no key=value");
            pairs.Add(new(part[..equals].Trim(), Uri.UnescapeDataString(part[(equals + 1)..].Trim())));
        }
        return pairs;
    }

    private static KeelsonException Wrong(string message) => new(ErrorKind.InvalidArgument, "read the variables of OpenTelemetry: " + message);
}
