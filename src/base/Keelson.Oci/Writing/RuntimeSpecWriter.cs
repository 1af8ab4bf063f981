using System.Text.Json;

namespace Keelson.Oci;

/// <summary>Writes configurations and parts of them. What a parser reads from the result equals what was written.</summary>
/// <remarks>runtime-spec 1.3 config. Properties that are absent or have the value that absence means are left out.</remarks>
public static partial class RuntimeSpecWriter
{
    /// <summary>A whole <c>config.json</c>.</summary>
    /// <param name="spec">The configuration.</param>
    /// <param name="indented">With line breaks and tabs, as runC prints; otherwise in one line. There is no newline at the end.</param>
    public static byte[] ToUtf8(RuntimeSpec spec, bool indented = true) => JsonText.Document(spec, indented, static (json, value) => Write(json, value));

    /// <summary>A process alone, as <c>exec --process</c> takes it.</summary>
    /// <inheritdoc cref="ToUtf8(RuntimeSpec, bool)"/>
    public static byte[] ToUtf8(ProcessSpec process, bool indented = true) => JsonText.Document(process, indented, static (json, value) => Write(json, value));

    /// <summary>Limits alone, as <c>update --resources</c> takes them.</summary>
    /// <inheritdoc cref="ToUtf8(RuntimeSpec, bool)"/>
    public static byte[] ToUtf8(LinuxResources resources, bool indented = true) => JsonText.Document(resources, indented, static (json, value) => Write(json, value));

    /// <summary>Mounts alone, as <c>mounts add</c> takes them: an array.</summary>
    public static byte[] ToUtf8(IReadOnlyList<MountSpec> mounts, bool indented = true) => JsonText.Document(mounts, indented, static (json, value) =>
    {
        json.WriteStartArray();
        foreach (MountSpec mount in value)
        {
            json.WriteStartObject();
            WriteProperties(json, mount);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>A system call filter alone.</summary>
    /// <inheritdoc cref="ToUtf8(RuntimeSpec, bool)"/>
    public static byte[] ToUtf8(SeccompProfile profile, bool indented = true) => JsonText.Document(profile, indented, static (json, value) => Write(json, value));

    /// <summary>Writes a configuration as one object.</summary>
    public static void Write(Utf8JsonWriter json, RuntimeSpec spec)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, spec.OciVersion);
        json.Object("process"u8, spec.Process, WriteProperties);
        json.Object("root"u8, spec.Root, static (json, root) =>
        {
            json.WriteString("path"u8, root.Path);
            json.Flag("readonly"u8, root.Readonly);
        });
        json.String("hostname"u8, spec.Hostname);
        json.String("domainname"u8, spec.Domainname);
        json.Objects("mounts"u8, spec.Mounts, WriteProperties);
        json.Object("hooks"u8, spec.Hooks, WriteProperties);
        json.StringMap("annotations"u8, spec.Annotations);
        json.Object("linux"u8, spec.Linux, WriteProperties);
        json.WriteEndObject();
    }

    /// <summary>Writes a process as one object.</summary>
    public static void Write(Utf8JsonWriter json, ProcessSpec process)
    {
        json.WriteStartObject();
        WriteProperties(json, process);
        json.WriteEndObject();
    }

    /// <summary>Writes limits as one object.</summary>
    public static void Write(Utf8JsonWriter json, LinuxResources resources)
    {
        json.WriteStartObject();
        WriteProperties(json, resources);
        json.WriteEndObject();
    }

    /// <summary>Writes a system call filter as one object.</summary>
    public static void Write(Utf8JsonWriter json, SeccompProfile profile)
    {
        json.WriteStartObject();
        WriteProperties(json, profile);
        json.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter json, MountSpec mount)
    {
        json.WriteString("destination"u8, mount.Destination);
        json.String("type"u8, mount.Type);
        json.String("source"u8, mount.Source);
        json.Strings("options"u8, mount.Options);
        json.Objects("uidMappings"u8, mount.UidMappings, WriteProperties);
        json.Objects("gidMappings"u8, mount.GidMappings, WriteProperties);
    }

    private static void WriteProperties(Utf8JsonWriter json, IdMapping mapping)
    {
        json.WriteNumber("containerID"u8, mapping.ContainerId);
        json.WriteNumber("hostID"u8, mapping.HostId);
        json.WriteNumber("size"u8, mapping.Size);
    }

    private static void WriteProperties(Utf8JsonWriter json, HookSet hooks)
    {
        json.Objects("prestart"u8, hooks.Prestart, WriteProperties);
        json.Objects("createRuntime"u8, hooks.CreateRuntime, WriteProperties);
        json.Objects("createContainer"u8, hooks.CreateContainer, WriteProperties);
        json.Objects("startContainer"u8, hooks.StartContainer, WriteProperties);
        json.Objects("poststart"u8, hooks.Poststart, WriteProperties);
        json.Objects("poststop"u8, hooks.Poststop, WriteProperties);
    }

    private static void WriteProperties(Utf8JsonWriter json, HookSpec hook)
    {
        json.WriteString("path"u8, hook.Path);
        json.Strings("args"u8, hook.Args);
        json.Strings("env"u8, hook.Env);
        json.Number("timeout"u8, hook.TimeoutSeconds);
    }
}
