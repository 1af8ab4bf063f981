using System.Globalization;
using Keelson.Linux;

namespace Keelson.Attacks;

/// <summary>A container that attacks what comes into it, and the ways to come: unprotected, by <c>create</c>, by <c>exec</c>.</summary>
internal static class Intruder
{
    private const string Mapping = """[{"containerID": 0, "hostID": 100000, "size": 65536}]""";

    /// <summary>All that root of a container may be given, and more than any engine gives by default.</summary>
    private static readonly string[] Rights =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE",
    ];

    /// <summary>A bundle whose first process is an attack program.</summary>
    /// <param name="runtime">Where.</param>
    /// <param name="program">The program, in <c>programs</c>, and its arguments.</param>
    public static BundleBuilder Bundle(RuntimeUnderTest runtime, params string[] program)
    {
        BundleBuilder bundle = runtime.Bundle().WritableRoot();
        return bundle.Args([AttackProgram.InstallIn(bundle, program[0]), .. program[1..]]);
    }

    /// <summary>Gives the container's root rights over the host's root, as a privileged container has.</summary>
    public static BundleBuilder Privileged(this BundleBuilder bundle) => bundle.Capabilities(["bounding", "permitted", "effective"], Rights);

    /// <summary>Puts the container into a user namespace of its own.</summary>
    public static BundleBuilder InUserNamespace(this BundleBuilder bundle) =>
        bundle.Namespace("user").SetJson("linux.uidMappings", Mapping).SetJson("linux.gidMappings", Mapping);

    /// <summary>Lets a container share the processes, and the user namespace if there is one, of another.</summary>
    public static BundleBuilder Beside(this BundleBuilder bundle, TestContainer other)
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{other.Pid}/ns/");
        if (other.Bundle.Config["linux"]!["uidMappings"] is not null) bundle.Namespace("user", directory + "user");
        return bundle.Namespace("pid", directory + "pid");
    }

    /// <summary>Runs a program in a container without any defence: <c>enter</c>, which is attacked while it waits.</summary>
    /// <param name="container">The container.</param>
    /// <param name="program">The program that enters; the compiled one, or a copy of it.</param>
    /// <param name="attacked">Called while it is inside and has not yet become <c>true</c>.</param>
    public static void EnterUnprotected(TestContainer container, string program, Action attacked)
    {
        Linux.Sys.Files.TryPipe(out FdHandle? reader, out FdHandle? writer).ThrowIfError("pipe");
        using (reader)
        using (writer)
        {
            CommandOptions options = new() { Descriptors = new Dictionary<int, FdHandle> { [0] = reader! } };
            using ChildProcess child = ChildProcess.Start([program, container.Pid.ToString(CultureInfo.InvariantCulture), "/", "/bin/true"], options);
            attacked();
            writer!.Dispose();
            child.WaitForEnd();
        }
    }
}
