using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>
/// A volume in which names change places with links that lead out of it: <c>/vol/absolute</c> and <c>/vol/relative</c> are directories with
/// <c>directory</c> and <c>file</c> in them for one moment, and links to <see cref="Outside"/> for the next.
/// </summary>
/// <remarks>What is outside has the same names, so that whoever follows a link finds what he looks for. It also lies in the container's own root.</remarks>
internal sealed class SwappedLinks
{
    private readonly RuntimeUnderTest runtime;

    /// <summary>Makes the volume and what lies outside of it, and lets nobody race yet.</summary>
    public SwappedLinks(RuntimeUnderTest runtime)
    {
        this.runtime = runtime;
        Outside = Fill(runtime.WorkDirectory + "/outside");
        Volume = Directory.CreateDirectory(runtime.WorkDirectory + "/volume").FullName;
        Fill(Volume + "/absolute");
        Fill(Volume + "/relative");
        Files.TrySymlink(Outside, Volume + "/absolute.link").ThrowIfError("symlink");
        Files.TrySymlink("../../../../../../../.." + Outside, Volume + "/relative.link").ThrowIfError("symlink");
    }

    /// <summary>The directory of the host that containers share.</summary>
    public string Volume { get; }

    /// <summary>A directory of the host that no container has; no word of it may change.</summary>
    public string Outside { get; }

    /// <summary>A bundle with the volume at <c>/vol</c>, and the link's goal in its own root.</summary>
    public BundleBuilder Bundle(params string[] arguments)
    {
        BundleBuilder bundle = runtime.Bundle(arguments).WritableRoot().Mount("/vol", "bind", Volume, "bind");
        Fill(bundle.Rootfs + Outside);
        return bundle;
    }

    /// <summary>Starts a container that has the volume as well and swaps the names in it.</summary>
    public void Race()
    {
        BundleBuilder bundle = Bundle();
        bundle.Args(AttackProgram.InstallIn(bundle, "race"), "/vol/absolute", "/vol/absolute.link", "/vol/relative", "/vol/relative.link");
        runtime.Start(bundle).WaitForOutput("racing");
    }

    /// <summary>What has changed outside, as far as the host sees it.</summary>
    public IEnumerable<string> FindChanges() =>
        Directory.EnumerateFileSystemEntries(Outside, "*", SearchOption.AllDirectories).Select(p => p[Outside.Length..]).Except(["/directory", "/file"]).Select(p => "made " + p)
            .Concat(MountEntry.ReadAll().Select(m => m.Target).Where(IsOutside).Select(t => "mounted " + t));

    /// <summary>Whether a path is not in the volume but where its links lead to.</summary>
    public bool IsOutside(string path) => path.StartsWith(Outside, StringComparison.Ordinal);

    private static string Fill(string directory)
    {
        Directory.CreateDirectory(directory + "/directory");
        File.WriteAllText(directory + "/file", "as it was");
        return directory;
    }
}
