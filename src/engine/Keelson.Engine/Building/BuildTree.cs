using Keelson.Engine.Containers;
using Keelson.Linux;

namespace Keelson.Engine.Building;

/// <summary>A tree of files while a build reads or writes it.</summary>
public sealed class BuildTree : IDisposable
{
    private readonly RootView view;

    internal BuildTree(string key, RootView view)
    {
        Key = key;
        this.view = view;
    }

    /// <summary>The root, which no look-up with <c>RESOLVE_IN_ROOT</c> leaves.</summary>
    public FdHandle Root => view.Root;

    /// <summary>The snapshot.</summary>
    internal string Key { get; }

    /// <summary>The numbers of an owner: <c>user</c>, <c>user:group</c>, names or numbers, as the tree's own files know them.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a name is not there.</exception>
    public (uint Uid, uint Gid) ResolveOwner(string owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        string[] parts = owner.Split(':', 2);
        AccountFiles files = AccountFiles.Read(view.Root);
        Account user = Resolve(parts[0], "can't find uid for user " + parts[0] + ": no such user: " + parts[0], files);
        // A group that is not named has the user's word, as docker has it.
        string group = parts.Length > 1 ? parts[1] : parts[0];
        return (user.Uid, Resolve("0:" + group, "can't find gid for group " + group + ": no such group: " + group, files).Gid);
    }

    /// <summary>Closes it. What was written stays with its snapshot.</summary>
    public void Dispose() => view.Dispose();

    private static Account Resolve(string text, string missing, AccountFiles files)
    {
        try
        {
            return AccountResolver.Resolve(text, [], files);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            throw new KeelsonException(e.Kind, "unable to convert uid/gid chown string to host mapping: " + missing);
        }
    }
}
