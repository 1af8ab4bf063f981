namespace Keelson.DockerApi.Http;

/// <summary>Answers a request.</summary>
internal delegate Task Operation(Call call);

/// <summary>Operations by method and path. A path is words and names in braces; a name with a star takes as many words as it can get.</summary>
/// <remarks>
/// The framework's own routing costs the daemon memory and start-up for what one list does: the API has some hundred operations, and comparing a path with all of
/// them takes about a microsecond.
/// </remarks>
internal sealed class RouteTable
{
    private readonly List<Route> routes = [];

    /// <summary>Adds an operation. Those that were added first are tried first.</summary>
    /// <param name="method">GET, which answers HEAD too where that is not added before, POST, …; <c>*</c> for any.</param>
    /// <param name="path"><c>/images/{name*}/json</c>.</param>
    /// <param name="operation">Answers it.</param>
    public void Add(string method, string path, Operation operation) => routes.Add(new(method, path.Split('/'), operation));

    /// <summary>The operations' names: the method, a space, and the path as it was added.</summary>
    public IEnumerable<string> Names => routes.Select(route => route.Name);

    /// <summary>Finds the operation of a request.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="path">Its path without a version, percent-decoded.</param>
    /// <param name="values">The names of the path and what they stand for.</param>
    /// <returns><see langword="null"/> when there is none.</returns>
    public Route? Find(string method, ReadOnlySpan<char> path, out IReadOnlyList<KeyValuePair<string, string>> values)
    {
        string[] words = path.ToString().Split('/');
        foreach (Route route in routes)
        {
            List<KeyValuePair<string, string>> found = [];
            if (route.Method != "*" && route.Method != method || !Matches(route.Words, words, found)) continue;
            values = found;
            return route;
        }
        values = [];
        return null;
    }

    private static bool Matches(string[] pattern, string[] words, List<KeyValuePair<string, string>> values)
    {
        int star = Array.FindIndex(pattern, word => word.EndsWith("*}", StringComparison.Ordinal));
        if (star < 0 ? pattern.Length != words.Length : words.Length < pattern.Length) return false;
        int more = words.Length - pattern.Length;
        for (int i = 0; i < pattern.Length; i++)
        {
            int at = star >= 0 && i > star ? i + more : i;
            string text = i == star ? string.Join('/', words, at, more + 1) : words[at];
            if (pattern[i] is not ['{', ..])
            {
                if (pattern[i] != text) return false;
            }
            else if (text.Length == 0) return false;
            else values.Add(new(pattern[i].Trim('{', '*', '}'), text));
        }
        return true;
    }

    /// <summary>An operation and where it is.</summary>
    /// <param name="Method">The method; <c>*</c> for any.</param>
    /// <param name="Words">The path's.</param>
    /// <param name="Operation">Answers it.</param>
    internal sealed record Route(string Method, string[] Words, Operation Operation)
    {
        /// <summary>The method, a space, and the path as it was added.</summary>
        public string Name { get; } = $"{Method} {string.Join('/', Words)}";
    }
}
