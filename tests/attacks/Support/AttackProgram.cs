using System.Collections.Concurrent;

namespace Keelson.Attacks;

/// <summary>The C programs that attack, each compiled once a run. They are static, so they run on the host and in any container.</summary>
internal static class AttackProgram
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> Compiled = new(StringComparer.Ordinal);

    /// <summary>The host's path of a program.</summary>
    /// <param name="name">Its source without <c>.c</c>, in <c>programs</c>.</param>
    public static string Path(string name) => Compiled.GetOrAdd(name, static n => new Lazy<string>(() => Compile(n))).Value;

    /// <summary>Puts a program into the root file system of a container.</summary>
    /// <returns>Its path in the container.</returns>
    public static string InstallIn(BundleBuilder bundle, string name)
    {
        File.Copy(Path(name), $"{bundle.Rootfs}/bin/{name}");
        return "/bin/" + name;
    }

    private static string Compile(string name)
    {
        string directory = Directory.CreateDirectory(TestDirectory.Root + "/programs").FullName, target = $"{directory}/{name}";
        ChildProcess.Run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", target, $"{AppContext.BaseDirectory}programs/{name}.c"]).Succeeds();
        return target;
    }
}
