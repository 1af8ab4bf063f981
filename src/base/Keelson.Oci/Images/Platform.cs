using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>Operating system and processor that an image runs on.</summary>
/// <remarks>image-spec 1.1 image-index "platform"; the words are those of Go's GOOS and GOARCH.</remarks>
public sealed record Platform
{
    /// <summary>Processor architecture: <c>amd64</c>.</summary>
    [JsonPropertyName("architecture")]
    public required string Architecture { get; init; }

    /// <summary>Operating system: <c>linux</c>.</summary>
    [JsonPropertyName("os")]
    public required string Os { get; init; }

    /// <summary>Version of the operating system, for Windows.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features that the operating system must have.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OsFeatures { get; init; }

    /// <summary>Variant of the architecture: <c>v7</c>.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>The platform of this process.</summary>
    public static Platform Current { get; } = new Platform
    {
        Os = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsFreeBSD() ? "freebsd" : "linux",
        Architecture = RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "amd64",
            System.Runtime.InteropServices.Architecture.X86 => "386",
            System.Runtime.InteropServices.Architecture.Armv6 => "armel",
            var other => other.ToString(),
        },
    }.Normalize();

    /// <summary>Reads <c>os/architecture</c> or <c>os/architecture/variant</c>; one word alone is either of the first two, the rest is of this process.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another form.</exception>
    public static Platform Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        if (text.Length > 255 || parts.Length > 3 || !parts.All(IsWord))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"platform '{SpecReader.Quote(text)}': is not os/architecture or os/architecture/variant");
        if (parts.Length > 1) return new Platform { Os = parts[0], Architecture = parts[1], Variant = parts.Length > 2 ? parts[2] : null }.Normalize();
        Platform asOs = Current with { Os = parts[0] }, asArchitecture = new Platform { Os = Current.Os, Architecture = parts[0] };
        if (KnownSystems.Contains(asOs.Normalize().Os)) return asOs.Normalize();
        if (KnownArchitectures.Contains(asArchitecture.Normalize().Architecture)) return asArchitecture.Normalize();
        throw new KeelsonException(ErrorKind.InvalidArgument, $"platform '{SpecReader.Quote(text)}': is no operating system or architecture that is known; write both");
    }

    /// <summary>The same platform in one spelling: lower case, <c>x86_64</c> as <c>amd64</c>, <c>armhf</c> as <c>arm/v7</c>, default variants left out.</summary>
    public Platform Normalize()
    {
        string os = Os.ToLowerInvariant() is "macos" ? "darwin" : Os.ToLowerInvariant();
        (string architecture, string? variant) = (Architecture.ToLowerInvariant(), Variant?.ToLowerInvariant()) switch
        {
            ("i386" or "i686", _) => ("386", null),
            ("386", var v) => ("386", v),
            ("x86_64" or "x86-64" or "amd64" or "x64", "v1" or "" or null) => ("amd64", null),
            ("x86_64" or "x86-64" or "amd64" or "x64", var v) => ("amd64", v),
            ("aarch64" or "arm64", "8" or "v8" or "v8.0" or "" or null) => ("arm64", null),
            ("aarch64" or "arm64", "9" or "9.0" or "v9.0") => ("arm64", "v9"),
            ("aarch64" or "arm64", var v) => ("arm64", v),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" or null or "7") => ("arm", "v7"),
            ("arm", "5" or "6" or "8") => ("arm", "v" + Variant),
            (var a, "") => (a, null),
            (var a, var v) => (a, v),
        };
        return this with { Os = os, Architecture = architecture, Variant = variant };
    }

    /// <summary><c>os/architecture</c>, and the variant where there is one.</summary>
    public override string ToString() => Variant is { Length: > 0 } ? $"{Os}/{Architecture}/{Variant}" : $"{Os}/{Architecture}";

    private static readonly string[] KnownSystems = ["aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd", "plan9", "solaris", "windows"];

    private static readonly string[] KnownArchitectures =
        ["386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "sparc64", "wasm"];

    private static bool IsWord(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
