using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>What a request needs the right to do, as token servers write it.</summary>
/// <remarks>Docker's token scope: <c>repository:path:pull,push</c>; several are sorted and joined by a space.</remarks>
internal readonly record struct AuthScope(string Text)
{
    public static readonly AuthScope None = new("");

    public static readonly AuthScope Catalog = new("registry:catalog:*");

    public static AuthScope Pull(RepositoryName repository) => new($"repository:{repository.Path}:pull");

    public static AuthScope Push(RepositoryName repository) => new($"repository:{repository.Path}:pull,push");

    public static AuthScope Delete(RepositoryName repository) => new($"repository:{repository.Path}:delete,pull");

    public AuthScope And(AuthScope other) => new(string.Join(' ', Text.Split(' ').Append(other.Text).Distinct().Order(StringComparer.Ordinal)));

    public IEnumerable<string> Parts => Text.Length == 0 ? [] : Text.Split(' ');
}
