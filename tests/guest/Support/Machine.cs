namespace Keelson.Guest.Support;

/// <summary>What tests of engines share: patience with this machine, and an image.</summary>
public static class Machine
{
    /// <summary>How long a command may take here, where the processor is interpreted.</summary>
    public static CommandOptions Patient { get; } = new() { Limit = TimeSpan.FromMinutes(3) };

    /// <summary>How long a condition may take to come.</summary>
    public static TimeSpan Patience => Patient.Limit;

    /// <summary>A program that writes 1, 2, 3 and so on, a line each.</summary>
    public static string[] Counter { get; } = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done"];

    /// <summary>Runs a program.</summary>
    public static CommandResult Run(params IReadOnlyList<string> command) => ChildProcess.Run(command, Patient);

    /// <summary>Writes the archive of a root file system of busybox, as <c>docker import</c> takes it.</summary>
    /// <param name="folder">Where; it is removed by whoever made it.</param>
    /// <returns>The archive.</returns>
    public static string WriteTree(string folder)
    {
        string tree = Directory.CreateDirectory(folder + "/tree/bin").Parent!.FullName;
        File.Copy("/bin/busybox", tree + "/bin/busybox");
        Run("chroot", tree, "/bin/busybox", "--install", "-s", "/bin").Succeeds();
        Run("tar", "-C", tree, "-cf", folder + "/tree.tar", ".").Succeeds();
        // Those who are not root read it too.
        TestDirectory.SetMode(folder, 0b111_101_101);
        return folder + "/tree.tar";
    }

    /// <summary>The last whole number of a counter's output.</summary>
    public static int Last(string output)
    {
        int end = output.LastIndexOf('\n');
        return end <= 0 ? 0 : int.Parse(output[(output.LastIndexOf('\n', end - 1) + 1)..end], System.Globalization.CultureInfo.InvariantCulture);
    }
}
