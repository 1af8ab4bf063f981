using System.Text;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Shim.Launch;

/// <summary>The little that the shim has to know of a bundle's <c>config.json</c>; the runtime reads and checks the rest.</summary>
/// <param name="Group">Which containers share a shim with this one; <see langword="null"/> when the configuration does not say.</param>
/// <param name="HasOwnPids">Whether all processes of the container end with its first one: it has a PID namespace of its own.</param>
/// <param name="HasHooks">Whether programs of others run when the container starts or ends.</param>
internal sealed record BundleConfig(string? Group, bool HasOwnPids, bool HasHooks)
{
    /// <summary>The annotation that names a shim: containers with the same value share one. Empty for one of its own.</summary>
    public const string GroupAnnotation = "io.keelson.shim.group";

    /// <summary>The annotation that Kubernetes' containers have: those of a pod share a shim.</summary>
    public const string SandboxAnnotation = "io.kubernetes.cri.sandbox-id";

    /// <summary>The file of a bundle that names the sandbox that the container is in, as containerd writes it; the bundle of a sandbox names itself.</summary>
    public const string SandboxFile = "sandbox";

    private const int LimitBytes = 16 << 20;

    /// <summary>Reads the configuration of a bundle.</summary>
    /// <exception cref="LinuxException">It could not be read.</exception>
    /// <exception cref="KeelsonException">InvalidArgument: it is no JSON.</exception>
    public static BundleConfig Read(string bundle)
    {
        string path = bundle + "/config.json";
        Files.TryReadAll(path, out ReadOnlyMemory<byte> text, LimitBytes).ThrowIfError("read", path);
        try
        {
            return Parse(text.Span);
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read " + path, e);
        }
    }

    /// <summary>What a bundle says of the shim that is to serve it: a sandbox has one of its own, with a configuration or without.</summary>
    /// <exception cref="LinuxException">A file could not be read.</exception>
    /// <exception cref="KeelsonException">InvalidArgument: the configuration is no JSON.</exception>
    public static BundleConfig ReadForStart(string bundle)
    {
        if (Files.TryReadAll($"{bundle}/{SandboxFile}", out ReadOnlyMemory<byte> sandbox, limitBytes: 4096) == Errno.None) return new BundleConfig(Encoding.UTF8.GetString(sandbox.Span).Trim(), false, false);
        return Files.TryStatus(bundle + "/config.json", out _) == Errno.ENOENT ? new BundleConfig(null, false, false) : Read(bundle);
    }

    /// <summary>Reads the text of a configuration.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static BundleConfig Parse(ReadOnlySpan<byte> text)
    {
        string? group = null, sandbox = null, property = null, section = null, kind = null, path = null;
        bool ownPids = false, hooks = false;
        Utf8JsonReader reader = new(text);
        while (reader.Read())
        {
            int depth = reader.CurrentDepth;
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                property = Encoding.UTF8.GetString(reader.ValueSpan);
                if (depth == 1) section = property;
                else if (depth == 2 && section is not null && section.StartsWith("linux", StringComparison.Ordinal)) section = "linux." + property;
            }
            else if (reader.TokenType == JsonTokenType.String && section == "annotations" && depth == 2)
            {
                if (property == GroupAnnotation) group = reader.GetString();
                else if (property == SandboxAnnotation) sandbox = reader.GetString();
            }
            else if (section == "hooks" && depth >= 2)
            {
                hooks |= reader.TokenType == JsonTokenType.StartObject;
            }
            else if (section == "linux.namespaces")
            {
                // linux (1), namespaces (2), an entry (3), its properties (4).
                if (reader.TokenType == JsonTokenType.StartObject) (kind, path) = (null, null);
                else if (reader.TokenType == JsonTokenType.String && property == "type") kind = reader.GetString();
                else if (reader.TokenType == JsonTokenType.String && property == "path") path = reader.GetString();
                else if (reader.TokenType == JsonTokenType.EndObject) ownPids |= kind == "pid" && string.IsNullOrEmpty(path);
                else if (reader.TokenType == JsonTokenType.EndArray) section = "linux";
            }
        }
        return new BundleConfig(group ?? (string.IsNullOrEmpty(sandbox) ? null : sandbox), ownPids, hooks);
    }
}
