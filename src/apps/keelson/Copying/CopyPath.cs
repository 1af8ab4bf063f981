namespace Keelson.Cli.Copying;

/// <summary>An end of a copy: <c>CONTAINER:PATH</c>, a path of this machine, or <c>-</c>.</summary>
/// <param name="Container">Name or ID; <see langword="null"/> for this machine.</param>
/// <param name="Path">The path.</param>
internal sealed record CopyPath(string? Container, string Path)
{
    /// <summary>Reads an end. What begins with <c>/</c> or <c>.</c> is of this machine, whatever colons it has.</summary>
    public static CopyPath Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        bool isLocal = colon < 1 || text[0] is '/' or '.';
        return isLocal ? new(null, text) : new(text[..colon], text[(colon + 1)..]);
    }

    /// <summary>Whether the end is standard input or output.</summary>
    public bool IsStream => Container is null && Path == "-";

    /// <summary>Whether the contents of the directory are meant, and not itself: <c>dir/.</c>.</summary>
    public bool IsContents => Path.EndsWith("/.", StringComparison.Ordinal) || Path == ".";

    /// <summary>Whether it has to be a directory.</summary>
    public bool IsDirectoryByName => Path.EndsWith('/') || IsContents;

    /// <summary>The last part of the path.</summary>
    public string BaseName
    {
        get
        {
            string name = Path.TrimEnd('/');
            if (IsContents) name = name[..^1].TrimEnd('/');
            name = name[(name.LastIndexOf('/') + 1)..];
            return name.Length > 0 ? name : "/";
        }
    }
}
