using System.Reflection;

namespace Keelson.Linux.Tests;

/// <summary>The libraries whose interop is compared with the C headers: all of ours that this program refers to.</summary>
internal static class OurAssemblies
{
    public static IReadOnlyList<Assembly> All { get; } =
    [
        .. Directory.GetFiles(AppContext.BaseDirectory, "Keelson.*.dll")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => name != "Keelson.Testing" && !name.EndsWith(".Tests", StringComparison.Ordinal))
            .Select(name => Assembly.Load(name)),
    ];
}
