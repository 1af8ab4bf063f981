using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive.Tests;

/// <summary>A directory to extract into, and what others' programs see in it.</summary>
internal sealed class Tree : IDisposable
{
    // Names of all lengths and kinds of bytes, and every kind of file.
    private const string SampleScript = """
        set -e
        umask 022
        cd "$1"
        mkdir -p usr/bin usr/lib etc tmp var/empty private
        echo '#!/bin/sh' > usr/bin/tool; chmod 4755 usr/bin/tool
        echo group > usr/bin/grp; chown 0:42 usr/bin/grp; chmod 2755 usr/bin/grp
        ln usr/bin/tool usr/bin/alias; ln -s ../../etc/gone usr/bin/dangling; ln -s bin usr/sbin
        seq 1 20000 > usr/lib/numbers; : > usr/lib/empty
        echo owned > etc/owned; chown 1000:1001 etc/owned; chmod 640 etc/owned
        chmod 1777 tmp; chmod 700 private; chown 65534:65534 var/empty
        mkfifo var/fifo; chown -h 7:8 usr/bin/dangling
        """;

    private const string RichScript = """
        printf 'x' > "$(printf 'bytes-\377\376')"; printf 'y' > "new
        line"; printf 'z' > 'sp ace "quoted" \back'
        long=$(printf 'n%.0s' $(seq 1 120)); echo long > usr/lib/$long; ln -s $long$long usr/lib/longlink
        deep=deep; for i in 1 2 3 4 5 6; do deep=$deep/$(printf "d%.0s" $(seq 1 60))$i; done; mkdir -p $deep; echo deep > $deep/file; ln $deep/file $deep/again
        mknod var/null c 1 3; chmod 666 var/null; mknod var/disk b 259 300000
        echo big > var/bigowner; chown 3000000:4000000 var/bigowner
        touch -d '2001-02-03 04:05:06.123456789' etc/owned; touch -d '1960-01-01 00:00:00' usr/lib/empty; touch -hd '2010-10-10 10:10:10' usr/sbin
        """;

    private const string XattrScript = """
        setfattr -n user.comment -v 'a note' etc/owned; setfattr -n trusted.mark -v 0x00ff0a3d etc/owned
        setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 usr/bin/grp
        setfattr -n user.dir -v on-directory var; setfattr -h -n trusted.link -v on-link usr/sbin
        """;

    private const string SparseScript = """
        truncate -s 5M usr/lib/holes; printf head | dd of=usr/lib/holes conv=notrunc status=none; printf tail | dd of=usr/lib/holes bs=1 seek=3000000 conv=notrunc status=none
        truncate -s 1M usr/lib/allhole
        i=0; truncate -s 8M usr/lib/many; while [ $i -lt 60 ]; do printf part$i | dd of=usr/lib/many bs=4096 seek=$((i * 30)) conv=notrunc status=none; i=$((i + 1)); done
        """;

    private FdHandle? root;

    public Tree(string name) => Path = TestDirectory.Make(name);

    public string Path { get; }

    /// <summary>The root, open; the tree closes it.</summary>
    public FdHandle Root => root ??= Files.Open(Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);

    /// <summary>A tree for others to archive.</summary>
    /// <param name="isRich">With long and odd names, devices, large owners and odd times.</param>
    /// <param name="hasXattrs">With extended attributes.</param>
    /// <param name="hasHoles">With sparse files.</param>
    public static Tree Sample(bool isRich, bool hasXattrs = false, bool hasHoles = false)
    {
        Tree tree = new("sample");
        string times = "find . -depth ! -newermt 2000-01-01 -o -depth -newermt 2020-01-01 -print0 | xargs -0 touch -hd '2015-05-05 05:05:05'";
        string[] scripts = [SampleScript, times, hasHoles ? SparseScript : "", isRich ? RichScript : "", hasXattrs ? XattrScript : "",
            "find . -depth -type d -print0 | xargs -0 touch -d '2012-12-12 12:12:12'"];
        try
        {
            Shell(string.Join('\n', scripts), tree.Path);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    public string this[string path] => System.IO.Path.Combine(Path, path);

    /// <summary>All that can be told of what is in a tree, by find, stat, sha256sum and getfattr.</summary>
    public string Inventory() => TreeInventory.Of(Path);

    /// <summary>Runs a script with arguments; its failure fails the test.</summary>
    public static string Shell(string script, params ReadOnlySpan<string> arguments)
    {
        CommandResult result = ChildProcess.Run(["sh", "-c", script, "sh", .. arguments]);
        Assert.True(result.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{script}\nended with {result.ExitCode}: {result.Stderr}"));
        return result.Stdout;
    }

    public void Dispose()
    {
        root?.Dispose();
        // .NET cannot remove a name that is not UTF-8.
        Shell("rm -rf -- \"$1\"", Path);
    }
}
