using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>
/// A root file system of Debian's static busybox and of <c>probe</c>, a program that says what it sees of itself. Built once a run, on tmpfs.
/// </summary>
/// <remarks>
/// <c>/bin</c> holds busybox, a link for each of its commands, and probe; the usual directories are there and empty.
/// <c>/etc/passwd</c> and <c>/etc/group</c> know root (0), tty (5), user (1000, also in group 2000 "extra") and nobody (65534).
/// </remarks>
public static class BusyboxRootfs
{
    private const string Busybox = "/bin/busybox";
    private static readonly string[] Directories = ["bin", "dev", "etc", "home", "mnt", "proc", "root", "run", "sys", "tmp", "usr", "var"];
    private static readonly Lazy<string> Built = new(Build);

    /// <summary>The directory that all tests share. Nobody writes to it: containers get it read-only.</summary>
    public static string Shared => Built.Value;

    /// <summary>Makes a copy that one test may write to. Programs are hard links: replace them, do not write into them.</summary>
    /// <param name="directory">A directory that does not exist yet, on the same file system.</param>
    public static string Copy(string directory)
    {
        ChildProcess.Run(["cp", "-al", Shared, directory]).Succeeds();
        foreach (string file in Directory.EnumerateFiles(Shared + "/etc"))
        {
            string target = directory + "/etc/" + Path.GetFileName(file);
            File.Delete(target);
            File.Copy(file, target);
        }
        return directory;
    }

    private static string Build()
    {
        string root = TestDirectory.Root + "/rootfs";
        foreach (string name in Directories) Directory.CreateDirectory(root + "/" + name);
        TestDirectory.SetMode(root + "/tmp", 0b1_111_111_111);
        File.Copy(Busybox, root + "/bin/busybox");
        foreach (string command in ChildProcess.Run([Busybox, "--list"]).Succeeds().Lines)
            if (command != "busybox")
                Files.TrySymlink("busybox", root + "/bin/" + command).ThrowIfError("link", command);
        ChildProcess.Run(["gcc", "-static", "-O1", "-o", root + "/bin/probe", AppContext.BaseDirectory + "probe.c"]).Succeeds();
        File.WriteAllText(root + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
        File.WriteAllText(root + "/etc/group", "root:x:0:\ntty:x:5:\nuser:x:1000:\nextra:x:2000:user\nnogroup:x:65534:\n");
        return root;
    }
}
