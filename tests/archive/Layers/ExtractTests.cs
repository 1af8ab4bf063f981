namespace Keelson.Archive.Tests;

/// <summary>The rules by which entries become files.</summary>
public class ExtractTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Directories_that_are_missing_are_made_with_and_without_openat2(bool usesOpenAt2)
    {
        using Tree tree = new("tree");
        new LayerBuilder().File("a/b/c/file").File("a/b/d/file").ExtractTo(tree, new() { UsesOpenAt2 = usesOpenAt2, ChangesOwner = false });
        Assert.True(File.Exists(tree["a/b/c/file"]) && File.Exists(tree["a/b/d/file"]));
        Assert.Equal("755", Tree.Shell("stat -c %a \"$1\"", tree["a/b"]).Trim());
    }

    [RootTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_on_the_way_leads_inside_the_root(bool usesOpenAt2)
    {
        using Tree tree = new("tree");
        new LayerBuilder().Directory("usr/bin").Symlink("bin", "usr/bin").Symlink("abs", "/usr/bin").Symlink("made", "usr/made")
            .File("bin/one").File("abs/two").File("made/three").File("usr/bin/../four").ExtractTo(tree, new() { UsesOpenAt2 = usesOpenAt2 });
        Assert.True(File.Exists(tree["usr/bin/one"]) && File.Exists(tree["usr/bin/two"]) && File.Exists(tree["usr/made/three"]) && File.Exists(tree["usr/four"]));
    }

    [RootFact]
    public void A_later_entry_replaces_an_earlier_one_and_a_directory_keeps_its_children()
    {
        using Tree tree = new("tree");
        new LayerBuilder().Directory("d").File("d/kept").File("f", "old").Symlink("l", "f").Directory("gone").File("gone/inner").ExtractTo(tree);
        new LayerBuilder().Directory("d", 0b111_000_000).File("f", "new").File("l", "a file").File("gone", "a file now").Symlink("d2", "d").Directory("d2").ExtractTo(tree);
        Assert.True(File.Exists(tree["d/kept"]));
        Assert.Equal(["new", "a file", "a file now"], new[] { "f", "l", "gone" }.Select(name => File.ReadAllText(tree[name])));
        Assert.Equal("700 directory", Tree.Shell("stat -c '%a %F' \"$1\"", tree["d"]).Trim());
        Assert.Equal("directory", Tree.Shell("stat -c '%F' \"$1\"", tree["d2"]).Trim());
    }

    [RootFact]
    public void Times_of_directories_stand_after_their_contents_in_any_order()
    {
        using Tree tree = new("tree");
        new LayerBuilder().Directory("a").File("a/x").Directory("b").File("b/y").File("a/z").Symlink("s", "a").File("s/through").ExtractTo(tree);
        Assert.Equal("1000000000\n1000000000\n", Tree.Shell("stat -c %Y \"$1\" \"$2\"", tree["a"], tree["b"]));
        new LayerBuilder().File("a/more").ExtractTo(tree);
        Assert.Equal("1000000000\n", Tree.Shell("stat -c %Y \"$1\"", tree["a"]));
    }

    [RootFact]
    public void Owners_are_shifted_and_an_owner_outside_of_the_map_is_named()
    {
        using Tree tree = new("tree");
        ExtractOptions options = new() { UidMap = [new(0, 100_000, 1000)], GidMap = [new(0, 200_000, 1000)] };
        new LayerBuilder().File("d/root").ExtractTo(tree, options);
        Assert.Equal("100000:200000\n100000:200000\n", Tree.Shell("stat -c %u:%g \"$1\" \"$2\"", tree["d"], tree["d/root"]));
        ArchiveException error = Assert.Throws<ArchiveException>(() => new LayerBuilder().Add(TarEntryType.Fifo, "other", uid: 1000).ExtractTo(tree, options));
        Assert.Equal("extract other: the owner 1000 has no place in the map of user IDs", error.Message);
    }

    [RootFact]
    public void Set_user_id_and_capabilities_survive_the_change_of_the_owner()
    {
        using Tree tree = new("tree");
        using Tree source = new("source");
        Tree.Shell("""
            cd "$1"; echo x > f; chown 5:6 f; chmod 6755 f; setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 f
            tar --format=pax --xattrs --xattrs-include='*' -cf "$1/a.tar" f
            """, source.Path);
        using (FileStream layer = File.OpenRead(source["a.tar"])) LayerExtractor.Extract(layer, tree.Root, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("6755 5 6", Tree.Shell("stat -c '%a %u %g' \"$1\"", tree["f"]).Trim());
        Assert.Contains("security.capability=0x0100000200200000", Tree.Shell("getfattr -d -m - -e hex --absolute-names \"$1\"", tree["f"]), StringComparison.Ordinal);
    }

    [RootFact]
    public void Whiteouts_remove_what_lower_layers_left_and_nothing_of_their_own_layer()
    {
        using Tree tree = new("tree");
        new LayerBuilder().File("d/old").File("d/sub/old").File("gone/x").File("file").File("both/lower").ExtractTo(tree);
        new LayerBuilder().File("d/new").File("d/sub/new").File("d/.wh..wh..opq").File(".wh.gone").File(".wh.file").File(".wh.never").File("both/upper").File(".wh.both").ExtractTo(tree);
        Assert.Equal(["both", "both/upper", "d", "d/new", "d/sub", "d/sub/new"], Names(tree));
    }

    [RootTheory]
    [InlineData(WhiteoutMode.Overlay, "trusted")]
    [InlineData(WhiteoutMode.OverlayUser, "user")]
    public void Whiteouts_become_what_overlayfs_takes(WhiteoutMode mode, string kind)
    {
        using Tree tree = new("tree");
        new LayerBuilder().File(".wh.gone").File("d/.wh..wh..opq").File("d/new").File(".wh.back").File("back/x").File(".wh.again").Directory("again").File("own").File(".wh.own")
            .ExtractTo(tree, new() { Whiteouts = mode });
        Assert.Equal("character special file 0:0", Tree.Shell("stat -c '%F %t:%T' \"$1\"", tree["gone"]).Trim());
        Assert.Equal("regular file", Tree.Shell("stat -c %F \"$1\"", tree["own"]).Trim());
        foreach (string opaque in new[] { "d", "back", "again" })
            Assert.Contains($"{kind}.overlay.opaque=\"y\"", Tree.Shell("getfattr -d -m - --absolute-names \"$1\"", tree[opaque]), StringComparison.Ordinal);
    }

    [RootFact]
    public void A_directory_that_only_lower_trees_describe_looks_like_theirs()
    {
        using Tree lower = new("lower"), tree = new("tree");
        Tree.Shell("cd \"$1\"; mkdir -p a/b; chown 3:4 a/b; chmod 2750 a/b; setfattr -n user.k -v v a/b; setfattr -n trusted.overlay.opaque -v y a/b; touch -d @1234567890.5 a/b", lower.Path);
        new LayerBuilder().File("a/b/new").ExtractTo(tree, new() { Whiteouts = WhiteoutMode.Overlay, Lowers = [lower.Root] });
        Assert.Equal("2750 3 4 1234567890", Tree.Shell("stat -c '%a %u %g %Y' \"$1\"", tree["a/b"]).Trim());
        Assert.Equal("user.k=\"v\"", Tree.Shell("getfattr -d -m - --absolute-names \"$1\" | sed 1d", tree["a/b"]).Trim());
    }

    [RootFact]
    public void An_error_names_the_entry_and_the_cause()
    {
        using Tree tree = new("tree");
        ArchiveException error = Assert.Throws<ArchiveException>(() => new LayerBuilder().Link("a/name", "not/there").ExtractTo(tree));
        Assert.Equal("extract a/name: make the hard link to not/there: ENOENT (no such file or directory)", error.FullMessage);
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Equal("extract f/below: open the directory f: ENOTDIR (not a directory)",
            Assert.Throws<ArchiveException>(() => new LayerBuilder().File("f").File("f/below").ExtractTo(tree)).FullMessage);
    }

    [RootFact]
    public void Devices_are_made_skipped_or_refused()
    {
        LayerBuilder Layer() => new LayerBuilder().Add(TarEntryType.CharacterDevice, "null", major: 1, minor: 3, mode: 0b110_110_110);
        using Tree made = new("made"), skipped = new("skipped");
        Layer().ExtractTo(made);
        Layer().ExtractTo(skipped, new() { Devices = DeviceRule.Skip });
        Assert.Equal("666 1:3", Tree.Shell("stat -c '%a %t:%T' \"$1\"", made["null"]).Trim());
        Assert.Empty(Names(skipped));
        Assert.Throws<ArchiveException>(() => Layer().ExtractTo(skipped, new() { Devices = DeviceRule.Refuse }));
    }

    [RootFact]
    public void Few_open_directories_are_enough()
    {
        using Tree tree = new("tree");
        LayerBuilder layer = new();
        for (int i = 0; i < 60; i++) layer.Directory($"d{i % 20}/e{i}").File($"d{i % 20}/e{i}/f").Link($"d{(i + 7) % 20}/l{i}", $"d{i % 20}/e{i}/f");
        using OpenDirectories few = new(tree.Root, new(), mostOpen: 4);
        layer.ExtractTo(tree);
        for (int i = 0; i < 60; i++) Assert.False(few.Get(TarEntry.ToName($"d{i % 20}/e{i}").Span).Handle.IsClosed);
        few.Finish();
        Assert.Equal(20 + 60 * 3, Names(tree).Length);
    }

    [Fact]
    public async Task Cancelling_ends_the_extraction()
    {
        using Tree tree = new("tree");
        using CancellationTokenSource stop = new();
        MemoryStream layer = new(new LayerBuilder().File("a").Build());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LayerExtractor.ExtractAsync(layer, tree.Root, cancellationToken: stop.Token));
    }

    [Fact]
    public void A_fault_of_the_source_is_the_fault_of_the_extraction()
    {
        using Tree tree = new("tree");
        Assert.Throws<IOException>(() => LayerExtractor.Extract(new FaultyStream(new LayerBuilder().File("a").Build().AsSpan(0, 700).ToArray()), tree.Root, new() { ChangesOwner = false },
            TestContext.Current.CancellationToken));
    }

    internal static string[] Names(Tree tree) =>
        [.. Tree.Shell("cd \"$1\"; find . -mindepth 1 -printf '%P\\n' | LC_ALL=C sort", tree.Path).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private sealed class FaultyStream(byte[] start) : MemoryStream(start)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, count) is > 0 and var read ? read : throw new IOException("the cable is out");

        public override int Read(Span<byte> buffer) => base.Read(buffer) is > 0 and var read ? read : throw new IOException("the cable is out");
    }
}
