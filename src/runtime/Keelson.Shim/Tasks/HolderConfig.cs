using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Property = System.Collections.Generic.KeyValuePair<string, System.ReadOnlyMemory<byte>>;

namespace Keelson.Shim.Tasks;

/// <summary>The <c>config.json</c> of a sandbox that names no program: its first process holds the namespaces and never executes anything. runtime-spec config.</summary>
/// <remarks>
/// The process is the one that the runtime makes at <c>create</c> and that waits for <c>start</c>, which never comes. So a sandbox needs no image, and runC holds one as well as our
/// runtime does. What the caller's configuration says is kept; what is missing is added: a root directory, namespaces, and a program that the runtime can find.
/// </remarks>
internal static class HolderConfig
{
    private const string ProgramName = "holder";
    private const int LimitBytes = 16 << 20;
    private static readonly string[] Namespaces = ["network", "ipc", "uts", "mount"];

    /// <summary>Reads the configuration of a sandbox and completes it.</summary>
    /// <returns>Whether it names a program; then it is left as it is, but for its network.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: it is no JSON, or has a root file system and no program. Or a file could not be written.</exception>
    public static bool Complete(SandboxCreateRequest request)
    {
        string path = request.Bundle + "/config.json";
        Errno errno = Files.TryReadAll(path, out ReadOnlyMemory<byte> text, LimitBytes);
        if (errno != Errno.ENOENT) errno.ThrowIfError("read", path);
        try
        {
            List<Property> config = JsonSlices.Properties(text.IsEmpty ? "{}"u8.ToArray() : text) ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"read {path}: it is no object");
            bool hasProgram = HasProgram(config);
            if (hasProgram && request.NetworkNamespace.Length == 0) return true;
            if (!hasProgram && request.Rootfs.Count > 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"create sandbox {request.Id}: it has a root file system and no program to run in it");
            if (!hasProgram) MakeRoot(request.Bundle + "/rootfs");
            Files.TryWriteFile(path, Write(config, request.NetworkNamespace, hasProgram), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, 0b110_000_000).ThrowIfError("write", path);
            return hasProgram;
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read " + path, e);
        }
    }

    private static bool HasProgram(List<Property> config) =>
        Find(config, "process") is { IsEmpty: false } process && JsonSlices.Properties(process) is { } settings
        && Find(settings, "args") is { IsEmpty: false } words && JsonSlices.Elements(words) is { Count: > 0 };

    /// <summary>A root file system with nothing in it but the program that is never run: runtimes look for it before they wait.</summary>
    private static void MakeRoot(string rootfs)
    {
        Files.TryMakeDirectories(rootfs, 0b111_001_001).ThrowIfError("mkdir", rootfs);
        string program = rootfs + "/" + ProgramName;
        Files.TryWriteFile(program, [], OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_NOFOLLOW, 0b111_101_101).ThrowIfError("write", program);
    }

    private static byte[] Write(List<Property> config, string network, bool hasProgram)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            string? version = Find(config, "ociVersion") is { IsEmpty: false } said ? JsonSlices.Text(said) : null;
            json.WriteString("ociVersion"u8, string.IsNullOrEmpty(version) ? "1.0.2" : version);
            if (!hasProgram) WriteHolder(json, config);
            foreach (Property property in config)
                if (property.Key is not ("ociVersion" or "linux") && (hasProgram || property.Key is not ("root" or "process" or "mounts")))
                    Write(json, property);
            json.WriteStartObject("linux"u8);
            List<Property>? linux = Find(config, "linux") is { IsEmpty: false } text ? JsonSlices.Properties(text) : null;
            foreach (Property property in linux ?? [])
                if (property.Key != "namespaces")
                    Write(json, property);
            WriteNamespaces(json, linux, network);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Property property)
    {
        json.WritePropertyName(property.Key);
        json.WriteRawValue(property.Value.Span, skipInputValidation: true);
    }

    private static void WriteHolder(Utf8JsonWriter json, List<Property> config)
    {
        json.WriteStartObject("root"u8);
        json.WriteString("path"u8, "rootfs"u8);
        json.WriteBoolean("readonly"u8, true);
        json.WriteEndObject();
        json.WriteStartObject("process"u8);
        json.WriteString("cwd"u8, "/"u8);
        json.WriteStartArray("args"u8);
        json.WriteStringValue("/" + ProgramName);
        json.WriteEndArray();
        json.WriteBoolean("noNewPrivileges"u8, true);
        json.WriteEndObject();
        json.WritePropertyName("mounts"u8);
        if (Find(config, "mounts") is { IsEmpty: false } mounts && JsonSlices.Elements(mounts) is { Count: > 0 }) json.WriteRawValue(mounts.Span, skipInputValidation: true);
        else
        {
            // runC looks through its own /proc, and opens a /dev/null that it makes: bundles may lie where no device can be opened, as below systemd's /run.
            json.WriteRawValue("""
                [{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=64k"]}]
                """u8);
        }
    }

    private static void WriteNamespaces(Utf8JsonWriter json, List<Property>? linux, string network)
    {
        json.WriteStartArray("namespaces"u8);
        bool isSaid = false, hasNetwork = false;
        foreach (ReadOnlyMemory<byte> one in Find(linux, "namespaces") is { IsEmpty: false } said ? JsonSlices.Elements(said) ?? [] : [])
        {
            isSaid = true;
            bool isNetwork = Find(JsonSlices.Properties(one), "type") is { IsEmpty: false } type && JsonSlices.Text(type) == "network";
            hasNetwork |= isNetwork;
            if (isNetwork && network.Length > 0) WriteNamespace(json, "network", network);
            else json.WriteRawValue(one.Span, skipInputValidation: true);
        }
        if (!isSaid)
            foreach (string kind in Namespaces)
                WriteNamespace(json, kind, kind == "network" ? network : "");
        else if (!hasNetwork && network.Length > 0) WriteNamespace(json, "network", network);
        json.WriteEndArray();
    }

    private static ReadOnlyMemory<byte> Find(List<Property>? properties, string name) => JsonSlices.Find(properties, name);

    private static void WriteNamespace(Utf8JsonWriter json, string type, string path)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        if (path.Length > 0) json.WriteString("path"u8, path);
        json.WriteEndObject();
    }
}
