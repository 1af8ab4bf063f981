using System.Text.Json;

namespace Keelson.Oci;

/// <summary>Writes the state of a container for hooks, for listeners and for <c>state</c>.</summary>
/// <remarks>runtime-spec 1.3 runtime "State", config-linux "The Container Process State".</remarks>
public static class ContainerStateWriter
{
    /// <summary>The state as a document.</summary>
    /// <param name="state">The state.</param>
    /// <param name="indented">With line breaks and tabs; otherwise in one line, as hooks get it. There is no newline at the end.</param>
    public static byte[] ToUtf8(ContainerState state, bool indented = false) => JsonText.Document(state, indented, static (json, value) =>
    {
        json.WriteStartObject();
        WriteProperties(json, value);
        json.WriteEndObject();
    });

    /// <summary>What a listener gets, as a document.</summary>
    /// <inheritdoc cref="ToUtf8(ContainerState, bool)"/>
    public static byte[] ToUtf8(ContainerProcessState state, bool indented = false) => JsonText.Document(state, indented, static (json, value) =>
    {
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, value.OciVersion);
        json.Strings("fds"u8, value.Fds);
        json.WriteNumber("pid"u8, value.Pid);
        json.String("metadata"u8, value.Metadata);
        json.Object("state"u8, value.State, WriteProperties);
        json.WriteEndObject();
    });

    /// <summary>Writes the properties of a state into an object that the caller has opened, so that it can add its own.</summary>
    public static void WriteProperties(Utf8JsonWriter json, ContainerState state)
    {
        json.WriteString("ociVersion"u8, state.OciVersion);
        json.WriteString("id"u8, state.Id);
        json.WriteString("status"u8, SpecNames.Of(state.Status));
        json.Number("pid"u8, state.Pid);
        json.WriteString("bundle"u8, state.Bundle);
        json.StringMap("annotations"u8, state.Annotations);
    }
}
