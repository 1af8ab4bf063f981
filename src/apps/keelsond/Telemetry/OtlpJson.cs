using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Keelson.Daemon.Telemetry;

/// <summary>Activities as the message <c>ExportTraceServiceRequest</c> of OTLP 1 in JSON: identifiers in hexadecimal, 64-bit numbers as text.</summary>
internal static class OtlpJson
{
    /// <summary>Writes some activities.</summary>
    public static byte[] Write(IReadOnlyList<KeyValuePair<string, string>> resource, string version, IReadOnlyList<Activity> activities)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        json.WriteStartArray("resourceSpans"u8);
        json.WriteStartObject();
        json.WriteStartObject("resource"u8);
        WriteAttributes(json, resource.Select(pair => new KeyValuePair<string, object?>(pair.Key, pair.Value)));
        json.WriteEndObject();
        json.WriteStartArray("scopeSpans"u8);
        json.WriteStartObject();
        json.WriteStartObject("scope"u8);
        json.WriteString("name"u8, Tracing.SourceName);
        json.WriteString("version"u8, version);
        json.WriteEndObject();
        json.WriteStartArray("spans"u8);
        foreach (Activity activity in activities) WriteSpan(json, activity);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteSpan(Utf8JsonWriter json, Activity activity)
    {
        json.WriteStartObject();
        json.WriteString("traceId"u8, activity.TraceId.ToString());
        json.WriteString("spanId"u8, activity.SpanId.ToString());
        if (activity.ParentSpanId != default) json.WriteString("parentSpanId"u8, activity.ParentSpanId.ToString());
        if (activity.TraceStateString is { Length: > 0 } state) json.WriteString("traceState"u8, state);
        json.WriteString("name"u8, activity.DisplayName);
        // SpanKind has 0 for "not said", so internal is 1 there and 0 with .NET.
        json.WriteNumber("kind"u8, (int)activity.Kind + 1);
        json.WriteString("startTimeUnixNano"u8, Nanoseconds(activity.StartTimeUtc));
        json.WriteString("endTimeUnixNano"u8, Nanoseconds(activity.StartTimeUtc + activity.Duration));
        WriteAttributes(json, activity.TagObjects);
        if (activity.Status != ActivityStatusCode.Unset)
        {
            json.WriteStartObject("status"u8);
            json.WriteNumber("code"u8, (int)activity.Status);
            if (activity.StatusDescription is { Length: > 0 } description) json.WriteString("message"u8, description);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteAttributes(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> attributes)
    {
        json.WriteStartArray("attributes"u8);
        foreach ((string key, object? value) in attributes)
        {
            json.WriteStartObject();
            json.WriteString("key"u8, key);
            json.WriteStartObject("value"u8);
            if (value is int or long) json.WriteString("intValue"u8, Convert.ToString(value, CultureInfo.InvariantCulture));
            else json.WriteString("stringValue"u8, Convert.ToString(value, CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string Nanoseconds(DateTime time) => ((time - DateTime.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);
}
