using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Events;

namespace Keelson.Registry.Notifications;

/// <summary>Events as distribution's notifications have them.</summary>
/// <remarks>
/// <code>
/// { "events": [ { "id", "timestamp", "action",
///     "target":  { "mediaType", "size", "digest", "length", "repository", "fromRepository", "url", "tag", "references": [ { "mediaType", "size", "digest" } ] },
///     "request": { "id", "addr", "host", "method", "useragent" },
///     "actor":   { "name" },
///     "source":  { "addr", "instanceID" } } ] }
/// </code>
/// </remarks>
internal static class EventEnvelope
{
    /// <summary>Media type of an envelope, as distribution 3 has it; what 2.x calls v1 looks alike.</summary>
    public const string MediaType = "application/vnd.docker.distribution.events.v2+json";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one event.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="includesReferences">Whether to name what a manifest refers to.</param>
    /// <param name="source">Name and port of the registry.</param>
    /// <param name="instance">Tells this run of it from all others.</param>
    public static ReadOnlyMemory<byte> Write(RegistryEvent happened, bool includesReferences, string source, string instance)
    {
        ArrayBufferWriter<byte> text = new(1024);
        using (Utf8JsonWriter json = new(text, Options))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, Guid.NewGuid().ToString());
            json.WriteString("timestamp"u8, happened.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("action"u8, happened.Action.Name);
            WriteTarget(json, happened, includesReferences);
            json.WriteStartObject("request"u8);
            WriteText(json, "id", happened.Request.Id);
            WriteText(json, "addr", happened.Request.Address);
            WriteText(json, "host", happened.Request.Host);
            WriteText(json, "method", happened.Request.Method);
            json.WriteString("useragent"u8, happened.Request.UserAgent);
            json.WriteEndObject();
            json.WriteStartObject("actor"u8);
            WriteText(json, "name", happened.Actor);
            json.WriteEndObject();
            json.WriteStartObject("source"u8);
            json.WriteString("addr"u8, source);
            json.WriteString("instanceID"u8, instance);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return text.WrittenMemory;
    }

    /// <summary>Puts events into an envelope.</summary>
    public static ReadOnlyMemory<byte> Enclose(IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        ArrayBufferWriter<byte> text = new(32 + events.Sum(part => part.Length + 1));
        text.Write("{\"events\":["u8);
        for (int i = 0; i < events.Count; i++)
        {
            if (i > 0) text.Write(","u8);
            text.Write(events[i].Span);
        }
        text.Write("]}"u8);
        return text.WrittenMemory;
    }

    private static void WriteTarget(Utf8JsonWriter json, RegistryEvent happened, bool includesReferences)
    {
        json.WriteStartObject("target"u8);
        WriteText(json, "mediaType", happened.MediaType);
        if (happened.MediaType.Length > 0) json.WriteNumber("size"u8, happened.Size);
        if (happened.Digest is { } digest) json.WriteString("digest"u8, digest.ToString());
        if (happened.MediaType.Length > 0) json.WriteNumber("length"u8, happened.Size);
        json.WriteString("repository"u8, happened.Repository);
        WriteText(json, "fromRepository", happened.FromRepository);
        WriteText(json, "url", happened.Url);
        WriteText(json, "tag", happened.Tag);
        if (includesReferences && happened.References.Count > 0)
        {
            json.WriteStartArray("references"u8);
            foreach (Descriptor part in happened.References)
            {
                json.WriteStartObject();
                WriteText(json, "mediaType", part.MediaType);
                json.WriteNumber("size"u8, part.Size);
                json.WriteString("digest"u8, part.Digest.ToString());
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0) json.WriteString(name, value);
    }
}
