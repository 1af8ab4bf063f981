using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive.Tests;

/// <summary>Layers that try to get out of the root. Where it can be shown, what an extractor does that joins strings.</summary>
public class AttackTests
{
    [RootTheory]
    [InlineData("../outside/file")]
    [InlineData("a/../../outside/file")]
    [InlineData("/../outside/file")]
    public void A_name_that_climbs_out_is_refused(string name)
    {
        using Box box = new();
        Naive.Extract(new LayerBuilder().File(name, "pwned").Build(), box.Root["tree"]);
        Assert.Equal("pwned", File.ReadAllText(box.Outside));

        box.Reset();
        ArchiveException error = Assert.Throws<ArchiveException>(() => box.Extract(new LayerBuilder().File(name, "pwned")));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        box.AssertUnharmed();
    }

    [RootFact]
    public void An_absolute_name_lands_inside()
    {
        using Box box = new();
        box.Extract(new LayerBuilder().File(box.Outside, "inside"));
        Assert.Equal("inside", File.ReadAllText(box.Root["tree" + box.Outside]));
        box.AssertUnharmed();
    }

    [RootTheory]
    [InlineData("../outside", true)]
    [InlineData("../outside", false)]
    [InlineData("OUTSIDE", true)]
    [InlineData("OUTSIDE", false)]
    public void A_file_through_a_symlink_in_its_parents_lands_inside(string target, bool usesOpenAt2)
    {
        using Box box = new();
        target = target.Replace("OUTSIDE", box.Root["outside"], StringComparison.Ordinal);
        LayerBuilder layer = new LayerBuilder().Symlink("d", target).File("d/file", "pwned");
        Naive.Extract(layer.Build(), box.Root["tree"]);
        Assert.Equal("pwned", File.ReadAllText(box.Outside));

        box.Reset();
        box.Extract(new LayerBuilder().Symlink("d", target).File("d/file", "pwned"), new() { UsesOpenAt2 = usesOpenAt2 });
        box.AssertUnharmed();
    }

    [RootFact]
    public void Links_that_go_round_in_circles_are_refused()
    {
        using Box box = new();
        foreach (bool usesOpenAt2 in new[] { true, false })
            Assert.Contains("ELOOP", Assert.Throws<ArchiveException>(() => box.Extract(new LayerBuilder().Symlink("a", "b").Symlink("b", "a").File("a/x"),
                new() { UsesOpenAt2 = usesOpenAt2 })).FullMessage, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_file_over_a_symlink_replaces_the_link()
    {
        using Box box = new();
        LayerBuilder Layer() => new LayerBuilder().Symlink("f", "../outside/file").File("f", "pwned");
        Naive.Extract(Layer().Build(), box.Root["tree"]);
        Assert.Equal("pwned", File.ReadAllText(box.Outside));

        box.Reset();
        box.Extract(Layer());
        Assert.Equal("pwned", File.ReadAllText(box.Root["tree/f"]));
        box.AssertUnharmed();
    }

    [RootTheory]
    [InlineData("../outside/file")]
    [InlineData("d/../../outside/file")]
    public void A_hard_link_to_the_outside_is_refused(string target)
    {
        using Box box = new();
        Assert.Throws<ArchiveException>(() => box.Extract(new LayerBuilder().Directory("d").Link("l", target).File("l", "pwned")));
        box.AssertUnharmed();
    }

    [RootFact]
    public void A_hard_link_through_a_symlink_stays_inside()
    {
        using Box box = new();
        Assert.Throws<ArchiveException>(() => box.Extract(new LayerBuilder().Symlink("d", "../outside").Link("l", "d/file")));
        Assert.Throws<ArchiveException>(() => box.Extract(new LayerBuilder().Symlink("d", box.Root["outside"]).Link("l", "d/file")));
        box.AssertUnharmed();
    }

    // CVE-2021-32760: the mode in a hard link's header was applied through a symbolic link.
    [RootFact]
    public void A_hard_link_to_a_symlink_changes_no_mode_outside()
    {
        using Box box = new();
        box.Extract(new LayerBuilder().Symlink("s", "../outside/file").Add(TarEntryType.HardLink, "l", "s", mode: 0b100_111_111_111));
        box.AssertUnharmed();
    }

    [RootFact]
    public void A_directory_or_node_over_a_symlink_changes_no_mode_outside()
    {
        using Box box = new();
        box.Extract(new LayerBuilder().Symlink("d", "../outside").Directory("d", 0b111_111_111).Symlink("n", "../outside/file").Add(TarEntryType.Fifo, "n", mode: 0b111_111_111));
        box.AssertUnharmed();
    }

    [RootTheory]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    [InlineData(".wh.")]
    [InlineData("d/.wh...")]
    public void A_whiteout_of_a_parent_is_refused(string name)
    {
        using Box box = new();
        foreach (WhiteoutMode mode in Enum.GetValues<WhiteoutMode>().Except([WhiteoutMode.None]))
            Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<ArchiveException>(() => box.Extract(new LayerBuilder().Directory("d").File(name), new() { Whiteouts = mode })).Kind);
        // Where there are no whiteouts it is a file like others.
        box.Extract(new LayerBuilder().Directory("d").File(name), new() { Whiteouts = WhiteoutMode.None });
        box.AssertUnharmed();
    }

    [RootTheory]
    [InlineData("s/.wh.file")]
    [InlineData("s/.wh..wh..opq")]
    public void A_whiteout_through_a_symlink_removes_nothing_outside(string name)
    {
        using Box box = new();
        Tree.Shell("ln -s ../outside \"$1/s\"", box.Root["tree"]);
        box.Extract(new LayerBuilder().File(name));
        box.AssertUnharmed();
    }

    [RootFact]
    public void A_whiteout_of_a_symlink_removes_the_link_alone()
    {
        using Box box = new();
        Tree.Shell("ln -s ../outside \"$1/s\"", box.Root["tree"]);
        box.Extract(new LayerBuilder().File(".wh.s"));
        Assert.False(Path.Exists(box.Root["tree/s"]));
        box.AssertUnharmed();
    }

    [RootFact]
    public void An_entry_below_a_whiteout_is_refused_and_what_AUFS_left_is_passed_over()
    {
        using Box box = new();
        Assert.Throws<ArchiveException>(() => box.Extract(new LayerBuilder().File(".wh.x/file")));
        box.Extract(new LayerBuilder().File(".wh..wh.plnk/12.34").File(".wh..wh.aufs").File("x.wh.y"));
        Assert.Equal(["x.wh.y"], Directory.EnumerateFileSystemEntries(box.Root["tree"]).Select(Path.GetFileName));
    }

    // With redirect and metacopy a layer could show contents of another directory of the lower trees.
    [RootFact]
    public void Attributes_of_overlayfs_are_never_set_by_a_layer()
    {
        using Box box = new();
        LayerResult result = box.Extract(new LayerBuilder().File("f", attribute: "trusted.overlay.redirect", value: "/etc").File("g", attribute: "user.overlay.metacopy"));
        Assert.Equal(2, result.SkippedAttributes);
        Assert.Equal("", Tree.Shell("getfattr -d -m - --absolute-names \"$1\" \"$2\"", box.Root["tree/f"], box.Root["tree/g"]));
    }

    // CVE-2025-47290: between the check of a path and its use a parent becomes a link.
    [RootTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_parent_that_is_swapped_for_a_symlink_meanwhile_leads_nowhere(bool usesOpenAt2)
    {
        using Box box = new();
        LayerBuilder layer = new();
        for (int i = 0; i < 3000; i++) layer.File(string.Create(CultureInfo.InvariantCulture, $"d/x{i % 7}/file"), "pwned").File("d/file", "pwned");
        byte[] archive = layer.Build();
        using CancellationTokenSource stop = new();
        long swaps = 0;
        Task racer = Task.Factory.StartNew(() =>
        {
            // What a process inside of a container could do to its own tree.
            string d = box.Root["tree/d"], aside = box.Root["tree/aside"];
            while (!stop.IsCancellationRequested)
            {
                if (Files.TryRename(d, aside) == Errno.None) swaps++;
                _ = Files.TrySymlink("../outside", d);
                _ = Files.TryUnlink(d);
                // The extraction may have made it anew; two of them would stand in each other's way for ever.
                if (Files.TryRename(aside, d) != Errno.None) Discard(aside);
            }
        }, stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        int runs = 0;
        while (runs < 5 || Interlocked.Read(ref swaps) < 100)
        {
            runs++;
            try
            {
                LayerExtractor.Extract(new MemoryStream(archive), box.TreeHandle, new() { UsesOpenAt2 = usesOpenAt2 }, TestContext.Current.CancellationToken);
            }
            catch (ArchiveException)
            {
                // What is pulled away may fail; it may not lead outside.
            }
        }
        await stop.CancelAsync();
        await racer;
        box.AssertUnharmed();
    }

    private static void Discard(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // The extraction still writes into it: the next turn tries again.
        }
    }

    /// <summary>A root with a neighbour that must not change.</summary>
    private sealed class Box : IDisposable
    {
        private string before = "";
        private FdHandle? tree;

        public Box() => Reset();

        public Tree Root { get; } = new("box");

        public string Outside => Root["outside/file"];

        public FdHandle TreeHandle => tree ??= Files.Open(Root["tree"], OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);

        public void Reset()
        {
            tree?.Dispose();
            tree = null;
            Tree.Shell("cd \"$1\" && rm -rf tree outside && mkdir tree outside && echo secret > outside/file && chmod 600 outside/file && chmod 700 outside", Root.Path);
            before = State();
        }

        public LayerResult Extract(LayerBuilder layer, ExtractOptions? options = null) =>
            LayerExtractor.Extract(new MemoryStream(layer.Build()), TreeHandle, options, TestContext.Current.CancellationToken);

        public void AssertUnharmed() => Assert.Equal(before, State());

        public void Dispose()
        {
            tree?.Dispose();
            Root.Dispose();
        }

        private string State() => Tree.Shell("cd \"$1\"; find outside -printf '%p %y %m %U %G %T@ %C@ %n %s\\n' | sort; cat outside/file; ls -A .", Root.Path);
    }

    /// <summary>Joins strings and follows what is there, as an extractor does that is written in an hour.</summary>
    private static class Naive
    {
        public static void Extract(byte[] archive, string root)
        {
            foreach ((TarEntry entry, byte[] contents) in RawTar.ReadAll(archive))
            {
                string path = root + "/" + entry;
                if (entry.Type == TarEntryType.SymbolicLink) File.CreateSymbolicLink(path, ArchiveText.Show(entry.LinkName.Span));
                else if (entry.Type == TarEntryType.RegularFile)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    File.WriteAllBytes(path, contents);
                }
            }
        }
    }
}
