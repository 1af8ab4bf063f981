namespace Keelson.Oci;

/// <summary>What people call an image: a repository with a tag, a digest, or both.</summary>
/// <remarks>
/// Docker's references: <c>[registry/]path[:tag][@digest]</c>. The first word is a registry when it has a dot, a colon or an upper case letter or is
/// <c>localhost</c>; without one the registry is docker.io, and a path of one word lies in <c>library</c> there.
/// </remarks>
public sealed record ImageReference
{
    /// <summary>The tag that is meant when a name has neither tag nor digest.</summary>
    public const string DefaultTag = "latest";

    /// <summary>Most characters of a tag: 128, as docker.</summary>
    public const int MaxTag = 128;

    private const int MaxText = 255 + 6 + 1 + RepositoryName.MaxPath + 1 + MaxTag + 1 + 7 + 128;

    /// <summary>Makes a reference of its parts; without both tag and digest it names the tag <c>latest</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the tag has another form.</exception>
    public ImageReference(RepositoryName repository, string? tag, Digest digest = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        if (tag is not null && !IsTag(tag))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"tag '{SpecReader.Quote(tag)}': is not a letter, digit or underscore and up to 127 of these, dots or dashes");
        (Repository, Tag, Digest) = (repository, tag is null && digest.IsEmpty ? DefaultTag : tag, digest);
    }

    /// <summary>Registry and path.</summary>
    public RepositoryName Repository { get; }

    /// <summary>The tag; <see langword="null"/> when only a digest names the image.</summary>
    public string? Tag { get; }

    /// <summary>The digest; empty when only a tag names the image.</summary>
    public Digest Digest { get; }

    /// <summary>What the registry is asked for: the digest, or else the tag.</summary>
    public string Target => Digest.IsEmpty ? Tag! : Digest.ToString();

    /// <summary>The shortest text that means the same: <c>busybox:latest</c> for <c>docker.io/library/busybox:latest</c>.</summary>
    public string Familiar
    {
        get
        {
            if (Repository.Registry != RepositoryName.DefaultRegistry) return ToString();
            const string Library = "library/";
            string path = Repository.Path;
            if (path.StartsWith(Library, StringComparison.Ordinal) && Means(path[Library.Length..])) return path[Library.Length..] + Suffix;
            return Means(path) ? path + Suffix : ToString();
        }
    }

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest.IsEmpty ? "" : "@" + Digest);

    /// <summary>Reads a reference as people write it.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another form; the message says which part.</exception>
    public static ImageReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > MaxText) throw Fail(text, text.Length == 0 ? "is empty" : $"is longer than {MaxText} characters");
        if (text.Length == 64 && text.All(char.IsAsciiHexDigitLower)) throw Fail(text, "is an identifier of 64 hexadecimal digits, not a name");
        ReadOnlySpan<char> rest = text;
        Digest digest = default;
        int at = rest.IndexOf('@');
        if (at >= 0)
        {
            if (!Digest.TryParse(rest[(at + 1)..], out digest)) throw Fail(text, "what follows @ is not a digest of sha256 or sha512");
            rest = rest[..at];
        }
        string? tag = null;
        int colon = rest.LastIndexOf(':');
        if (colon > rest.LastIndexOf('/'))
        {
            tag = rest[(colon + 1)..].ToString();
            if (!IsTag(tag)) throw Fail(text, "the tag is not a letter, digit or underscore and up to 127 of these, dots or dashes");
            rest = rest[..colon];
        }
        (string registry, string path) = Split(rest);
        if (!RepositoryName.IsRegistry(registry)) throw Fail(text, "the registry is not host or host:port");
        if (!RepositoryName.IsPath(path)) throw Fail(text, "the path " + RepositoryName.PathProblem(path));
        return new(new RepositoryName(registry, path), tag, digest);
    }

    /// <summary>Reads a reference as people write it.</summary>
    public static bool TryParse(string text, out ImageReference? reference)
    {
        try
        {
            reference = Parse(text);
            return true;
        }
        catch (KeelsonException)
        {
            reference = null;
            return false;
        }
    }

    /// <summary>The same repository with another tag and no digest.</summary>
    public ImageReference WithTag(string tag) => new(Repository, tag);

    /// <summary>The same repository and tag, pinned to a digest.</summary>
    public ImageReference WithDigest(Digest digest) => new(Repository, Tag, digest);

    /// <summary>The whole reference, registry included.</summary>
    public override string ToString() => Repository + Suffix;

    /// <summary>Whether a text is a tag.</summary>
    public static bool IsTag(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxTag || text[0] is '.' or '-') return false;
        foreach (char c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-')) return false;
        return true;
    }

    private static (string Registry, string Path) Split(ReadOnlySpan<char> name)
    {
        int slash = name.IndexOf('/');
        ReadOnlySpan<char> first = slash < 0 ? [] : name[..slash];
        string registry = RepositoryName.DefaultRegistry, path = name.ToString();
        if (slash >= 0 && (first.ContainsAny('.', ':') || first.SequenceEqual("localhost") || first.ContainsAnyInRange('A', 'Z')))
            (registry, path) = (first.ToString(), name[(slash + 1)..].ToString());
        if (registry == "index.docker.io") registry = RepositoryName.DefaultRegistry;
        if (registry == RepositoryName.DefaultRegistry && path.Length > 0 && !path.Contains('/', StringComparison.Ordinal)) path = "library/" + path;
        return (registry, path);
    }

    private bool Means(string shorter) => TryParse(shorter + Suffix, out ImageReference? other) && other == this;

    private static KeelsonException Fail(string text, string problem) => new(ErrorKind.InvalidArgument, $"reference '{SpecReader.Quote(text)}': {problem}");
}
