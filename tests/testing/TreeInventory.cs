namespace Keelson.Testing;

/// <summary>What others' programs see of a tree, to compare trees inode by inode.</summary>
public static class TreeInventory
{
    // Every inode: type, mode, owner, time, link, count of names; contents; device numbers; names of one file; attributes.
    private const string Script = """
        set -e
        cd "$1"
        find . -mindepth 1 -printf '%P|%y|%m|%U|%G|%T@|%l|%n|%s\n' | sed 's/^\(.*|d|.*|\)[0-9]*|[0-9]*$/\1/' | LC_ALL=C sort
        find . -type f -exec sha256sum {} + | LC_ALL=C sort -k2
        find . '(' -type c -o -type b ')' -exec stat -c '%n %t:%T' {} + | LC_ALL=C sort
        find . -type f -links +1 -printf '%i %P\n' | LC_ALL=C sort -k2 | awk '{a[$1]=a[$1]" "$2} END{for(i in a)print a[i]}' | LC_ALL=C sort
        find . -mindepth 1 -print0 | LC_ALL=C sort -z | xargs -0 -r getfattr -hd -m - -e hex 2>/dev/null || true
        """;

    /// <summary>
    /// All that can be told of what is in a tree, by find, stat, sha256sum and getfattr: types, modes, owners, times, links, lengths, contents, device numbers,
    /// which names are one file, and extended attributes. Lengths and link counts of directories are the file system's own and left out.
    /// </summary>
    /// <param name="root">The tree; its root directory is not looked at.</param>
    /// <param name="limit">How long it may take; 30 s by default.</param>
    public static string Of(string root, TimeSpan? limit = null) => ChildProcess.Run(["sh", "-c", Script, "sh", root], new() { Limit = limit ?? TimeSpan.FromSeconds(30) }).Succeeds().Stdout;
}
