namespace Keelson.Archive.Tests;

/// <summary>What others' programs archive, we unpack to the tree that they unpack, inode by inode.</summary>
public class OtherProgramsTests
{
    private const string GnuExtract = "tar --delay-directory-restore --xattrs --xattrs-include='*' --numeric-owner -xpf \"$1\" -C \"$2\"";

    [RootTheory]
    [InlineData("tar --format=gnu --numeric-owner -S -cf \"$2\" -C \"$1\" .", true, false, true)]
    [InlineData("tar --format=oldgnu --numeric-owner -S -cf \"$2\" -C \"$1\" .", true, false, true)]
    [InlineData("tar --format=pax --numeric-owner --xattrs --xattrs-include='*' -cf \"$2\" -C \"$1\" .", true, true, false)]
    [InlineData("tar --format=pax --sparse-version=0.0 -S --xattrs --xattrs-include='*' -cf \"$2\" -C \"$1\" .", true, true, true)]
    [InlineData("tar --format=pax --sparse-version=0.1 -S -cf \"$2\" -C \"$1\" .", true, false, true)]
    [InlineData("tar --format=pax --sparse-version=1.0 -S -cf \"$2\" -C \"$1\" .", true, false, true)]
    [InlineData("tar --format=ustar -cf \"$2\" -C \"$1\" .", false, false, false)]
    [InlineData("tar --format=v7 -cf \"$2\" -C \"$1\" --exclude=./var/fifo .", false, false, false)]
    [InlineData("bsdtar --format pax --numeric-owner -cf \"$2\" -C \"$1\" .", true, true, false)]
    [InlineData("bsdtar --format pax --read-sparse --numeric-owner -cf \"$2\" -C \"$1\" .", true, false, true)]
    [InlineData("bsdtar --format gnutar --numeric-owner -cf \"$2\" -C \"$1\" .", true, false, false)]
    [InlineData("bsdtar --format ustar --numeric-owner -cf \"$2\" -C \"$1\" .", false, false, false)]
    [InlineData("bsdtar --format v7 --numeric-owner -cf \"$2\" -C \"$1\" --exclude ./var/fifo .", false, false, false)]
    [InlineData("cd \"$1\" && busybox tar -cf \"$2\" .", false, false, false)]
    [InlineData("cd \"$1\" && python3 -c 'import sys,tarfile; t=tarfile.open(sys.argv[1],\"w\",format=tarfile.GNU_FORMAT); t.add(\".\"); t.close()' \"$2\"", true, false, false)]
    [InlineData("cd \"$1\" && python3 -c 'import sys,tarfile; t=tarfile.open(sys.argv[1],\"w\",format=tarfile.PAX_FORMAT); t.add(\".\"); t.close()' \"$2\"", false, false, false)]
    [InlineData("cd \"$1\" && python3 -c 'import sys,tarfile; t=tarfile.open(sys.argv[1],\"w\",format=tarfile.USTAR_FORMAT); t.add(\".\"); t.close()' \"$2\"", false, false, false)]
    public void An_archive_unpacks_to_the_tree_that_GNU_tar_makes(string create, bool isRich, bool hasXattrs, bool hasHoles)
    {
        using Tree source = Tree.Sample(isRich, hasXattrs, hasHoles), archives = new("archives"), theirs = new("theirs"), ours = new("ours");
        Tree.Shell(create, source.Path, archives["a.tar"]);
        Tree.Shell(GnuExtract, archives["a.tar"], theirs.Path);

        using (FileStream archive = File.OpenRead(archives["a.tar"])) LayerExtractor.Extract(archive, ours.Root, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(theirs.Inventory(), ours.Inventory());
        Assert.Equal(Tree.Shell("stat -c '%a %u %g %Y' \"$1\"", theirs.Path), Tree.Shell("stat -c '%a %u %g %Y' \"$1\"", ours.Path));
    }

    [RootFact]
    public void A_sparse_file_takes_no_more_room_than_its_parts()
    {
        using Tree source = Tree.Sample(isRich: false, hasHoles: true), archives = new("archives"), ours = new("ours");
        Tree.Shell("tar --format=gnu -S -cf \"$2\" -C \"$1\" usr/lib/holes", source.Path, archives["a.tar"]);
        using (FileStream archive = File.OpenRead(archives["a.tar"])) LayerExtractor.Extract(archive, ours.Root, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(long.Parse(Tree.Shell("stat -c %b \"$1\"", ours["usr/lib/holes"]), System.Globalization.CultureInfo.InvariantCulture) < 100);
    }

    [RootTheory]
    [InlineData("gzip -n")]
    [InlineData("zstd -q -19")]
    [InlineData("cat")]
    public async Task A_layer_unpacks_to_the_tree_that_umoci_makes(string compress)
    {
        const string Umoci = """
            set -e
            umoci init --layout "$1/image" && umoci new --image "$1/image:x" && umoci raw add-layer --image "$1/image:x" "$2"
            umoci raw unpack --image "$1/image:x" "$1/tree"
            """;
        using Tree source = Tree.Sample(isRich: true, hasXattrs: true), archives = new("archives"), ours = new("ours");
        Tree.Shell("tar --format=pax --xattrs --xattrs-include='*' -cf \"$2\" -C \"$1\" . && " + compress + " < \"$2\" > \"$2.z\"", source.Path, archives["a.tar"]);
        Tree.Shell(Umoci, archives.Path, archives["a.tar"]);

        FileStream layer = File.OpenRead(archives["a.tar.z"]);
        LayerResult result;
        await using (layer) result = await LayerExtractor.ExtractAsync(layer, ours.Root, new() { HashesInput = true }, TestContext.Current.CancellationToken);

        Assert.Equal(source.Inventory(), ours.Inventory());
        Assert.Equal(Tree.Shell("cd \"$1\"; find . -mindepth 1 -printf '%P|%y|%m|%U|%G|%T@|%l|%s\\n' | sed 's/^\\(.*|d|.*|\\)[0-9]*$/\\1/' | LC_ALL=C sort", archives["tree"]),
            Tree.Shell("cd \"$1\"; find . -mindepth 1 -printf '%P|%y|%m|%U|%G|%T@|%l|%s\\n' | sed 's/^\\(.*|d|.*|\\)[0-9]*$/\\1/' | LC_ALL=C sort", ours.Path));
        Assert.Equal("sha256:" + Tree.Shell("sha256sum \"$1\" | cut -c1-64", archives["a.tar"]).Trim(), result.DiffId.ToString());
        Assert.Equal("sha256:" + Tree.Shell("sha256sum \"$1\" | cut -c1-64", archives["a.tar.z"]).Trim(), result.Digest.ToString());
        Assert.Equal(new FileInfo(archives["a.tar"]).Length, result.Size);
        Assert.Equal(new FileInfo(archives["a.tar.z"]).Length, result.StoredSize);
    }
}
