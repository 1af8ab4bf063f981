using System.Buffers;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Runtime;
using Keelson.Runtime.Containers;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>state ID</c>.</summary>
internal static class StateCommand
{
    /// <summary>Prints the state as indented JSON.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        using Container container = LifecycleCommands.Open(options, reader);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true })) Write(json, container);
        buffer.Write("\n"u8);
        Output.Write(buffer.WrittenSpan);
        return 0;
    }

    /// <summary>Writes the object that <c>state</c> and <c>list</c> print.</summary>
    public static void Write(Utf8JsonWriter json, Container container)
    {
        ContainerStatus status = container.Status;
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, container.OciVersion);
        json.WriteString("id"u8, container.Id);
        json.WriteNumber("pid"u8, status == ContainerStatus.Stopped ? 0 : container.Pid);
        json.WriteString("status"u8, StatusName.Of(status));
        json.WriteString("bundle"u8, container.Bundle);
        json.WriteString("rootfs"u8, container.Rootfs);
        json.WriteString("created"u8, container.Created);
        if (container.Annotations.Count > 0)
        {
            json.WriteStartObject("annotations"u8);
            foreach ((string key, string value) in container.Annotations) json.WriteString(key, value);
            json.WriteEndObject();
        }
        json.WriteString("owner"u8, Owner(container));
        json.WriteEndObject();
    }

    /// <summary>Name of the user that created a container; empty when the host does not know it.</summary>
    public static string Owner(Container container) => container.Owner == 0 ? "root" : UserNames.Find(container.Owner) ?? "";
}
