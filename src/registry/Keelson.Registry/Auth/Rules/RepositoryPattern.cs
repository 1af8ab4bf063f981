namespace Keelson.Registry.Auth;

/// <summary>A pattern of repository names.</summary>
/// <remarks>
/// <c>*</c> stands for any characters of one component, <c>?</c> for one, <c>**</c> for any number of components, at the end for at least one: <c>team/*</c> is
/// <c>team/app</c>, <c>team/**</c> is <c>team/app/web</c> too, <c>**/app</c> is <c>app</c> and <c>team/app</c>, <c>**</c> is everything.
/// Matching takes time by the product of the lengths and no more, whatever the pattern.
/// </remarks>
public sealed class RepositoryPattern
{
    /// <summary>Longest pattern: 255 characters, as a repository's name.</summary>
    public const int MaxLength = 255;

    private const string AnyComponents = "**";
    private readonly string[] components;

    private RepositoryPattern(string text, string[] components) => (Text, this.components) = (text, components);

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Whether it is one repository's name.</summary>
    public bool IsName => !Text.AsSpan().ContainsAny('*', '?');

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is not one.</exception>
    public static RepositoryPattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > MaxLength) throw Wrong(text, "it is empty or too long");
        List<string> components = [.. text.Split('/')];
        foreach (string component in components)
        {
            if (component.Length == 0) throw Wrong(text, "a component is empty");
            if (component != AnyComponents && component.Contains(AnyComponents, StringComparison.Ordinal)) throw Wrong(text, "** stands alone between slashes");
            if (component.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-' or '*' or '?')))
                throw Wrong(text, "it has a character that no repository has; wildcards are *, ? and **");
        }
        if (components[^1] == AnyComponents) components.Insert(components.Count - 1, "*");
        return new(text, [.. components]);
    }

    /// <summary>Orders by how much a pattern says, the most specific first: a name, then by characters that are no wildcards, then without <c>**</c>, then by fewer <c>*</c>.</summary>
    public static int CompareSpecificity(RepositoryPattern left, RepositoryPattern right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return right.IsName.CompareTo(left.IsName) is not 0 and var byName ? byName
            : right.Literals.CompareTo(left.Literals) is not 0 and var byLiterals ? byLiterals
            : left.Deep.CompareTo(right.Deep) is not 0 and var byDeep ? byDeep
            : left.Stars.CompareTo(right.Stars) is not 0 and var byStars ? byStars
            : string.CompareOrdinal(left.Text, right.Text);
    }

    /// <summary>Whether a repository is of this pattern.</summary>
    public bool Matches(string repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        if (repository.Length is 0 or > MaxLength) return false;
        string[] names = repository.Split('/');
        int at = 0, name = 0, star = -1, retry = 0;
        // The last ** alone has to be tried again: what an earlier one could take as well, the later one can.
        while (name < names.Length)
        {
            if (at < components.Length && components[at] == AnyComponents) (star, retry) = (at++, name);
            else if (at < components.Length && Wildcards.Match(components[at], names[name])) (at, name) = (at + 1, name + 1);
            else if (star >= 0) (at, name) = (star + 1, ++retry);
            else return false;
        }
        while (at < components.Length && components[at] == AnyComponents) at++;
        return at == components.Length;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private int Literals => Text.Count(c => c is not ('*' or '?'));

    private int Deep => Text.Split('/').Count(c => c == AnyComponents);

    private int Stars => Text.Count(c => c == '*');

    private static KeelsonException Wrong(string text, string reason) => new(ErrorKind.InvalidArgument, $"pattern of repositories '{text}': {reason}");
}
