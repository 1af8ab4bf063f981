using System.Security.Cryptography;

namespace Keelson.Archive.Tests;

/// <summary>Layers from trees: what they list, and that they make the same tree again.</summary>
public class DiffTests
{
    private const string ChangeScript = """
        set -e
        cd "$1"
        echo more >> usr/lib/numbers; rm usr/lib/empty; rm -r private; mkdir -p new/deep; echo n > new/deep/file; ln new/deep/file new/deep/other
        rm etc/owned; mkdir etc/owned; echo in > etc/owned/in
        rm -r var/empty; echo file > var/empty; chmod 711 tmp
        ln -sfn elsewhere usr/sbin; touch -hd '2015-05-05 05:05:05' usr/sbin
        printf GROUP > usr/bin/grp.new; echo '' >> usr/bin/grp.new; cat usr/bin/grp.new > usr/bin/grp; rm usr/bin/grp.new; chmod 2755 usr/bin/grp; touch -d '2015-05-05 05:05:05' usr/bin/grp
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("new/socket")'
        """;

    [RootFact]
    public void A_layer_of_the_whole_tree_makes_the_tree_again()
    {
        using Tree source = Tree.Sample(isRich: true, hasXattrs: true), copy = new("copy");
        MemoryStream layer = new();
        LayerResult written = LayerDiff.WriteTree(source.Root, layer, new() { KeepsSubSeconds = true }, TestContext.Current.CancellationToken);
        layer.Position = 0;
        LayerResult read = LayerExtractor.Extract(layer, copy.Root, new() { HashesInput = true }, TestContext.Current.CancellationToken);
        Assert.Equal(source.Inventory(), copy.Inventory());
        Assert.Equal(read with { SkippedAttributes = 0 }, written);
        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData(layer.ToArray())), written.Digest.ToString());
    }

    [RootTheory]
    [InlineData("tar --xattrs --xattrs-include='*' --numeric-owner -xpf \"$1\" -C \"$2\"")]
    [InlineData("bsdtar --numeric-owner -xpf \"$1\" -C \"$2\"")]
    public void Others_unpack_our_layer_to_the_same_tree(string extract)
    {
        using Tree source = Tree.Sample(isRich: true, hasXattrs: true), archives = new("archives"), copy = new("copy");
        using (FileStream layer = File.Create(archives["layer"])) LayerDiff.WriteTree(source.Root, layer, new() { KeepsSubSeconds = true }, TestContext.Current.CancellationToken);
        Tree.Shell(extract, archives["layer"], copy.Path);
        Assert.Equal(source.Inventory(), copy.Inventory());
    }

    [RootFact]
    public void Applying_the_difference_makes_the_lower_tree_the_upper_one()
    {
        using Tree lower = Tree.Sample(isRich: true, hasXattrs: true), upper = new("upper"), result = new("result");
        Tree.Shell("cp -a \"$1/.\" \"$2\"; cp -a \"$1/.\" \"$3\"", lower.Path, upper.Path, result.Path);
        Tree.Shell(ChangeScript, upper.Path);
        byte[] layer = Write(target => LayerDiff.Write(lower.Root, upper.Root, target, new() { KeepsSubSeconds = true }, TestContext.Current.CancellationToken));
        LayerExtractor.Extract(new MemoryStream(layer), result.Root, cancellationToken: TestContext.Current.CancellationToken);
        Tree.Shell("rm \"$1/new/socket\"; touch -d @0 \"$1/new\" \"$2/new\"", upper.Path, result.Path);
        Assert.Equal(upper.Inventory(), result.Inventory());
    }

    [RootFact]
    public void A_difference_lists_changes_parents_and_whiteouts_in_order()
    {
        using Tree lower = new("lower"), upper = new("upper");
        Tree.Shell("cd \"$1\"; mkdir -p a/b same; echo 1 > a/b/changed; echo 1 > a/gone; echo 1 > same/file; mkdir gonedir; touch gonedir/x; find . -exec touch -d @1000 {} +", lower.Path);
        Tree.Shell("cp -a \"$1/.\" \"$2\"; cd \"$2\"; echo 2 > a/b/changed; rm a/gone; rm -r gonedir; mkdir fresh; echo 1 > fresh/file; find . -exec touch -d @1000 {} +", lower.Path, upper.Path);
        byte[] layer = Write(target => LayerDiff.Write(lower.Root, upper.Root, target, new() { Compression = CompressionKind.None }, TestContext.Current.CancellationToken));
        Assert.Equal(["./", ".wh.gonedir", "a/", "a/.wh.gone", "a/b/", "a/b/changed", "fresh/", "fresh/file"], RawTar.ReadAll(layer).Select(item => item.Entry.ToString()));
    }

    [RootFact]
    public void Trees_that_are_the_same_give_an_empty_layer()
    {
        using Tree lower = Tree.Sample(isRich: true, hasXattrs: true), upper = new("upper");
        Tree.Shell("cp -a \"$1/.\" \"$2\"", lower.Path, upper.Path);
        Assert.Equal(0, LayerDiff.Write(lower.Root, upper.Root, new MemoryStream(), cancellationToken: TestContext.Current.CancellationToken).Entries);
    }

    // continuity: a time without parts of seconds may have been cut off, so that contents decide.
    [RootTheory]
    [InlineData("@1000", true)]
    [InlineData("@1000.5", false)]
    public void A_change_of_contents_alone_is_seen_where_times_are_whole_seconds(string time, bool isSeen)
    {
        using Tree lower = new("lower"), upper = new("upper");
        Tree.Shell("echo one > \"$1/f\"; echo two > \"$2/f\"; touch -d $3 \"$1/f\" \"$2/f\" \"$1\" \"$2\"", lower.Path, upper.Path, time);
        Assert.Equal(isSeen ? 2 : 0, LayerDiff.Write(lower.Root, upper.Root, new MemoryStream(), cancellationToken: TestContext.Current.CancellationToken).Entries);
    }

    [RootFact]
    public void The_upper_directory_of_overlayfs_becomes_the_layer_that_makes_it_again()
    {
        using Tree upper = new("upper"), again = new("again"), lower = new("lower");
        Tree.Shell("cd \"$1\"; mknod -m 0 gone c 0 0; mkdir -p opaque plain; echo x > opaque/x; echo y > plain/y; setfattr -n trusted.overlay.opaque -v y opaque; setfattr -n trusted.overlay.origin -v o plain/y; "
            + "find . -exec touch -d @1000 {} +", upper.Path);
        byte[] layer = Write(target => LayerDiff.WriteUpper(upper.Root, target, new() { Compression = CompressionKind.None }, TestContext.Current.CancellationToken));
        Assert.Equal(["./", ".wh.gone", "opaque/", "opaque/.wh..wh..opq", "opaque/x", "plain/", "plain/y"], RawTar.ReadAll(layer).Select(item => item.Entry.ToString()));
        Assert.All(RawTar.ReadAll(layer), item => Assert.Empty(item.Entry.Attributes));

        LayerExtractor.Extract(new MemoryStream(layer), again.Root, new() { Whiteouts = WhiteoutMode.Overlay }, TestContext.Current.CancellationToken);
        Tree.Shell("setfattr -x trusted.overlay.origin \"$1/plain/y\"; touch -hd @1000 \"$1/gone\" \"$2/gone\"", upper.Path, again.Path);
        Assert.Equal(upper.Inventory(), again.Inventory());

        Tree.Shell("cd \"$1\"; mkdir opaque plain; touch gone opaque/hidden plain/shown", lower.Path);
        LayerExtractor.Extract(new MemoryStream(layer), lower.Root, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["opaque", "opaque/x", "plain", "plain/shown", "plain/y"], ExtractTests.Names(lower));
    }

    [RootTheory]
    [InlineData("setfattr -n trusted.overlay.redirect -v /x d", "redirect_dir")]
    [InlineData("setfattr -n trusted.overlay.metacopy f", "metacopy")]
    public void An_upper_directory_that_is_not_whole_is_refused(string change, string option)
    {
        using Tree upper = new("upper");
        Tree.Shell("cd \"$1\"; mkdir d; touch f; " + change, upper.Path);
        ArchiveException error = Assert.Throws<ArchiveException>(() => LayerDiff.WriteUpper(upper.Root, new MemoryStream(), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(ErrorKind.Unsupported, error.Kind);
        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }

    [RootFact]
    public void Shifted_owners_are_shifted_back()
    {
        using Tree tree = new("tree");
        Tree.Shell("cd \"$1\"; echo x > f; chown 100005:200006 f; chown 100000:200000 .", tree.Path);
        DiffOptions options = new() { Compression = CompressionKind.None, UidMap = [new(0, 100_000, 1000)], GidMap = [new(0, 200_000, 1000)] };
        byte[] layer = Write(target => LayerDiff.WriteTree(tree.Root, target, options, TestContext.Current.CancellationToken));
        Assert.Equal([(0L, 0L), (5, 6)], RawTar.ReadAll(layer).Select(item => (item.Entry.Uid, item.Entry.Gid)));
    }

    private static byte[] Write(Action<Stream> write)
    {
        MemoryStream target = new();
        write(target);
        return target.ToArray();
    }
}
