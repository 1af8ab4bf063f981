using System.Buffers;
using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Runtime.Containers;

/// <summary>The state of a container as hooks and seccomp listeners read it. runtime-spec 1.3 runtime "State".</summary>
internal static class StateJson
{
    /// <summary>Formats the state.</summary>
    /// <param name="record">What is remembered of the container.</param>
    /// <param name="status">Its status at this moment.</param>
    /// <param name="pid">Its process ID; 0 leaves it out.</param>
    /// <param name="listener">Wraps it as the container process state that goes with a seccomp listener.</param>
    /// <param name="metadata">The profile's metadata for the listener.</param>
    public static ReadOnlyMemory<byte> Format(ContainerRecord record, ContainerStatus status, int pid, bool listener = false, string? metadata = null)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, record.OciVersion);
        if (listener)
        {
            json.WriteStartArray("fds"u8);
            json.WriteStringValue("seccompFd"u8);
            json.WriteEndArray();
            json.WriteNumber("pid"u8, pid);
            if (metadata is not null) json.WriteString("metadata"u8, metadata);
            json.WriteStartObject("state"u8);
            json.WriteString("ociVersion"u8, record.OciVersion);
        }
        json.WriteString("id"u8, record.Id);
        json.WriteString("status"u8, StatusName.Of(status));
        if (pid != 0) json.WriteNumber("pid"u8, pid);
        json.WriteString("bundle"u8, record.Bundle);
        if (record.Annotations.Count > 0)
        {
            json.WriteStartObject("annotations"u8);
            foreach ((string key, string value) in record.Annotations) json.WriteString(key, value);
            json.WriteEndObject();
        }
        if (listener) json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
