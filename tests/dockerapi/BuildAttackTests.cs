using System.Formats.Tar;
using System.Text;

namespace Keelson.DockerApi.Tests;

/// <summary>Contexts and images that mean harm.</summary>
public sealed class BuildAttackTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    private const string From = "FROM busybox\n";

    private static (string, TarEntryType, string) Dockerfile(string text) => ("Dockerfile", TarEntryType.RegularFile, text);

    /// <summary>Sends an archive as a build's context; returns the answer and its status.</summary>
    private string Send(byte[] archive)
    {
        string file = daemon.NewPath("context.tar");
        File.WriteAllBytes(file, archive);
        return ChildProcess.Run(["curl", "-s", "--unix-socket", daemon.Directories[1] + "/docker.sock", "-H", "Content-Type: application/x-tar", "--data-binary", "@" + file, "-w", "[%{http_code}]",
            "http://d/v1.41/build?networkmode=none"], new() { Limit = TimeSpan.FromSeconds(60) }).Stdout;
    }

    [ClientTheory("curl"), InlineData("../outside"), InlineData("a/../../outside"), InlineData("/../../outside")]
    public void A_name_that_leads_out_of_the_context_is_refused_or_stays_inside(string name)
    {
        string answer = Send(BuildContextFolder.Archive(Dockerfile(From), (name, TarEntryType.RegularFile, "x")));
        Assert.True(answer.EndsWith("[400]", StringComparison.Ordinal) || answer.Contains("Successfully built", StringComparison.Ordinal), answer);
        Assert.Empty(Directory.GetFiles(daemon.Directories[0], "outside", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFileSystemEntries(daemon.Directories[0] + "/builds"));
    }

    [ClientTheory("curl"), InlineData("/etc/passwd"), InlineData("../../../../../../etc/passwd"), InlineData("/proc/self/root/etc/passwd")]
    public void A_link_in_the_context_leads_nowhere_outside(string target)
    {
        string answer = Send(BuildContextFolder.Archive(Dockerfile(From + "COPY link /stolen\n"), ("link", TarEntryType.SymbolicLink, target)));
        Assert.Contains("COPY failed: file not found in build context", answer, StringComparison.Ordinal);
    }

    [ClientFact("curl")]
    public void A_Dockerfile_that_is_a_link_or_a_fifo_is_not_followed_outside()
    {
        Assert.Contains("Cannot locate specified Dockerfile", Send(BuildContextFolder.Archive(("Dockerfile", TarEntryType.SymbolicLink, "/etc/passwd"))), StringComparison.Ordinal);
        Assert.Contains("it is no file", Send(BuildContextFolder.Archive(("Dockerfile", TarEntryType.Fifo, ""))), StringComparison.Ordinal);
    }

    [ClientFact("curl")]
    public void A_hard_link_to_a_file_of_the_host_is_refused() =>
        Assert.EndsWith("[400]", Send(BuildContextFolder.Archive(Dockerfile(From), ("x", TarEntryType.HardLink, "../../../../etc/passwd"))), StringComparison.Ordinal);

    [ClientFact("curl")]
    public void A_file_written_through_a_link_stays_in_the_context()
    {
        string answer = Send(BuildContextFolder.Archive(Dockerfile(From + "COPY d/owned /x\n"), ("d", TarEntryType.SymbolicLink, "/etc"), ("d/owned", TarEntryType.RegularFile, "x")));
        Assert.False(File.Exists("/etc/owned"), answer);
    }

    [ClientFact("curl")]
    public void Device_nodes_in_a_context_are_refused() =>
        Assert.Contains("device nodes are not allowed", Send(BuildContextFolder.Archive(Dockerfile(From), ("dev", TarEntryType.CharacterDevice, ""))), StringComparison.Ordinal);

    [ClientFact("curl")]
    public void An_archive_that_is_cut_off_is_refused_and_leaves_nothing()
    {
        byte[] whole = BuildContextFolder.Archive(Dockerfile(From), ("big", TarEntryType.RegularFile, new string('x', 100_000)));
        Assert.EndsWith("[400]", Send(whole[..50_000]), StringComparison.Ordinal);
        Assert.Contains("Cannot locate specified Dockerfile", Send([]), StringComparison.Ordinal);
        Assert.EndsWith("[400]", Send(Encoding.UTF8.GetBytes(new string('z', 100_000))), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(daemon.Directories[0] + "/builds"));
    }

    [ClientFact("curl")]
    public void A_hundred_thousand_files_are_taken()
    {
        string answer = Send(BuildContextFolder.Archive([Dockerfile(From + "COPY d /d\n"), .. Enumerable.Range(0, 100_000).Select(i => ($"d/{i}", TarEntryType.RegularFile, ""))]));
        Assert.Contains("Successfully built", answer, StringComparison.Ordinal);
    }

    [ClientFact("curl")]
    public void A_Dockerfile_of_10_MB_is_answered()
    {
        Assert.Contains("Successfully built", Send(BuildContextFolder.Archive(Dockerfile(From + string.Concat(Enumerable.Repeat("# " + new string('x', 1000) + "\n", 10_000))))), StringComparison.Ordinal);
        Assert.Contains("dockerfile line greater than max allowed size", Send(BuildContextFolder.Archive(Dockerfile(From + "RUN " + new string('x', 10_000_000)))), StringComparison.Ordinal);
        Assert.Contains("it is longer than", Send(BuildContextFolder.Archive(Dockerfile(From + new string('#', 20_000_000)))), StringComparison.Ordinal);
    }

    [ClientTheory("curl"), InlineData("/etc"), InlineData("../../../../../../../etc"), InlineData("/proc/1/root/etc")]
    public void A_link_of_an_image_leads_COPY_and_WORKDIR_nowhere_outside(string target)
    {
        string mark = "keelson-" + Guid.NewGuid().ToString("N");
        string answer = Send(BuildContextFolder.Archive(Dockerfile($"{From}COPY links /\nCOPY {mark} /out/{mark}\nCOPY {mark} /out/\nWORKDIR /out/{mark}-directory\nCOPY --from=0 /out /in\n"),
            ("links", TarEntryType.Directory, ""), ("links/out", TarEntryType.SymbolicLink, target), (mark, TarEntryType.RegularFile, "x")));
        Assert.False(File.Exists("/etc/" + mark), answer);
        Assert.False(Directory.Exists($"/etc/{mark}-directory"), answer);
        Assert.Contains("Step 5/6", answer, StringComparison.Ordinal);
    }

    [ClientFact("curl")]
    public void An_archive_that_ADD_takes_apart_stays_in_the_image()
    {
        string mark = "keelson-" + Guid.NewGuid().ToString("N");
        byte[] inner = BuildContextFolder.Archive(("up", TarEntryType.SymbolicLink, "/etc"), ("up/" + mark, TarEntryType.RegularFile, "x"));
        string folder = daemon.NewPath("inner");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(folder + "/inner.tar", inner);
        File.WriteAllText(folder + "/Dockerfile", From + "ADD inner.tar /t\n");
        ChildProcess.Run(["tar", "-C", folder, "-cf", folder + ".tar", "."]).Succeeds();
        string answer = Send(File.ReadAllBytes(folder + ".tar"));
        Assert.False(File.Exists("/etc/" + mark), answer);
    }

    [ClientFact("curl")]
    public void Triggers_that_an_image_smuggles_in_are_refused()
    {
        foreach ((string trigger, string words) in ((string, string)[])[("ONBUILD RUN x", "ONBUILD isn\\u0027t allowed"), ("FROM busybox", "FROM isn\\u0027t allowed"), ("RUN x\nRUN y", "single expression")])
        {
            string name = daemon.NewName();
            string file = daemon.NewPath("tree.tar");
            File.WriteAllBytes(file, BuildContextFolder.Archive(("f", TarEntryType.RegularFile, "x")));
            daemon.Docker(DaemonWithClients.Clients[0], "import", "-c", "ONBUILD " + trigger, file, name).Succeeds();
            Assert.Contains(words, Send(BuildContextFolder.Archive(Dockerfile($"FROM {name}\n"))), StringComparison.Ordinal);
        }
    }
}
