namespace Keelson.Api.Tests;

/// <summary>Images that umoci and buildah made of whole trees: what this engine unpacks is what umoci and containerd unpack, inode by inode.</summary>
public class LayersOfOthersTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    // $1: the directory to make. Every kind of file that an archive can hold; sockets it cannot.
    private const string AllKinds = """
        set -e; umask 022; mkdir "$1"; cd "$1"; mkdir -p usr/bin usr/lib etc dev tmp var/empty private
        cp /bin/true usr/bin/su; chmod 4755 usr/bin/su; cp /bin/true usr/bin/perl; cp /bin/true usr/bin/wall; chown 0:5 usr/bin/wall; chmod 2755 usr/bin/wall
        ln usr/bin/perl usr/bin/hard; ln usr/bin/perl etc/hard; ln -s ../etc/gone usr/lib/dangling; ln -s bin usr/sbin
        cp -a /usr/share/zoneinfo/Europe usr/lib/zones; seq 1 20000 > usr/lib/numbers; : > usr/lib/empty
        chmod 1777 tmp; chmod 700 private; chown 1000:2000 private var/empty; chown -h 7:8 usr/lib/dangling
        mkfifo dev/fifo; mknod dev/null c 1 3; chmod 666 dev/null; mknod dev/disk b 259 300000
        truncate -s 3M usr/lib/sparse; printf tail >> usr/lib/sparse
        echo x > "usr/lib/sp ace"; echo y > "usr/lib/$(printf 'n%.0s' $(seq 1 200))"; d=deep; for i in 1 2 3 4 5; do d=$d/$(printf 'd%.0s' $(seq 1 60)); done; mkdir -p "$d"; echo z > "$d/file"
        setfattr -n user.note -v value usr/lib/numbers; setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 usr/bin/wall
        touch -d '1999-01-01 00:00:00.5' usr/lib/empty; touch -hd '2010-10-10 10:10:10' usr/sbin; touch -d '2012-12-12 12:12:12' var usr/lib
        """;

    // A root of Debian's by debootstrap from the machine's own mirror; without one, what Debian installed on the machine itself.
    private const string Debian = """
        . /etc/os-release
        mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk -v r="$VERSION_CODENAME" '$2 == r { print $1; exit }')
        if ! debootstrap --variant=minbase "$VERSION_CODENAME" "$1" "$mirror" > "$1.log" 2>&1; then
            rm -rf "$1"; mkdir -p "$1/usr/lib" "$1/usr/share" "$1/var/lib"
            for part in etc usr/bin usr/sbin usr/lib/x86_64-linux-gnu usr/lib/python3 usr/share/doc usr/share/perl usr/share/zoneinfo usr/share/man usr/share/locale var/lib/dpkg; do
                [ -e "/$part" ] && cp -a --one-file-system "/$part" "$1/$part" 2> /dev/null
            done
        fi
        set -e; cd "$1"; find . -type s -delete
        setfattr -n user.note -v value etc/passwd; setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 usr/bin/chage
        truncate -s 20M usr/lib/sparse
        """;

    // $1: a directory to work in; $2: the tree. The second layer replaces, removes and adds.
    private const string Umoci = """
        set -e; cd "$1"; umoci init --layout layout; umoci new --image layout:made; umoci insert --image layout:made "$2" /
        echo new > new; umoci insert --image layout:made new /etc/new; umoci insert --whiteout --image layout:made /usr/bin/su
        umoci insert --opaque --image layout:made "$2/tmp" /var
        """;

    private const string Buildah = """
        set -e; cd "$1"; printf '{"default":[{"type":"insecureAcceptAnything"}]}' > policy; export BUILDAH_ISOLATION=chroot TMPDIR="$1"
        b() { buildah --root "$PWD/storage" --runroot "$PWD/run" --storage-driver vfs "$@"; }
        trap 'buildah --root "$PWD/storage" --runroot "$PWD/run" --storage-driver vfs umount -a > /dev/null; rm -rf storage' EXIT
        c=$(b from scratch); b copy -q "$c" "$2" / > /dev/null; b commit -q --signature-policy policy "$c" base > /dev/null
        c=$(b from --pull-never base); m=$(b mount "$c"); echo new > "$m/etc/new"; rm "$m/usr/bin/su"; chmod 750 "$m/usr"; rm -r "$m/var"; mkdir "$m/var"
        b umount "$c" > /dev/null; b commit -q --signature-policy policy --format oci "$c" oci:layout:made > /dev/null
        """;

    // Both makers get the same tree; it goes with the test run's directory.
    private static readonly Lazy<string> SmallTree = new(() => Tree(AllKinds)), DebianTree = new(() => Tree(Debian));

    [LayerTheory("umoci buildah")]
    [InlineData(Umoci)]
    [InlineData(Buildah)]
    public void All_kinds_of_files_unpack_as_umoci_and_containerd_unpack_them(string make) => Compare(SmallTree.Value, make, least: 100);

    [LayerTheory("umoci buildah debootstrap")]
    [InlineData(Umoci)]
    [InlineData(Buildah)]
    [Trait("suite", "soak")]
    public void A_root_of_Debian_unpacks_as_umoci_and_containerd_unpack_it(string make) => Compare(DebianTree.Value, make, least: 5000);

    private static string Tree(string script)
    {
        string tree = TestDirectory.Make("tree") + "/root";
        Shell(script, tree);
        return tree;
    }

    private static void Compare(string tree, string make, int least)
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start(), reference = DaemonUnderTest.StartReference();
        string folder = Directory.CreateDirectory(daemon.Folder + "/made").FullName;
        Shell(make, folder, tree);
        Shell("cd \"$1\"; umoci raw unpack --image layout:made theirs; tar -cf image.tar -C layout .", folder);

        string[] theirs = TreeInventory.Of(folder + "/theirs", Limit).Split('\n'), ours = Unpacked(daemon, folder), containerds = Unpacked(reference, folder);

        Assert.True(ours.Length > least, $"{ours.Length} lines");
        Assert.Contains(ours, line => line.StartsWith("etc/new|", StringComparison.Ordinal));
        Assert.DoesNotContain(ours, line => line.StartsWith("usr/bin/su|", StringComparison.Ordinal));
        Same(containerds, ours);
        Same(theirs, ours);
        TestDirectory.Remove(folder);
    }

    private static string[] Unpacked(DaemonUnderTest daemon, string folder)
    {
        string place = Directory.CreateDirectory(daemon.Folder + "/mount").FullName;
        ChildProcess.Run(["ctr", "--address", daemon.Address, "images", "import", "--base-name", "example.org/a", folder + "/image.tar"], new() { Limit = Limit }).Succeeds();
        daemon.Ctr("images", "mount", "example.org/a:made", place).Succeeds();
        try
        {
            return TreeInventory.Of(place, Limit).Split('\n');
        }
        finally
        {
            daemon.Ctr("images", "unmount", "--rm", place).Succeeds();
        }
    }

    /// <summary>
    /// Fails with the lines that differ alone. A layer of umoci puts files into directories and does not list these: their times are left out, since
    /// containerd lets them change, and this engine and umoci do not.
    /// </summary>
    private static void Same(string[] expected, string[] actual)
    {
        string[] unlisted = ["etc|d|", "usr|d|", "usr/bin|d|"];
        bool IsCompared(string line) => !unlisted.Any(directory => line.StartsWith(directory, StringComparison.Ordinal));
        (expected, actual) = ([.. expected.Where(IsCompared)], [.. actual.Where(IsCompared)]);
        string[] missing = [.. expected.Except(actual).Take(20)], more = [.. actual.Except(expected).Take(20)];
        Assert.Equal(missing, more);
        Assert.Equal(expected.Length, actual.Length);
    }

    private static void Shell(string script, params ReadOnlySpan<string> words) => ChildProcess.Run(["sh", "-c", script, "sh", .. words], new() { Limit = Limit }).Succeeds();
}
