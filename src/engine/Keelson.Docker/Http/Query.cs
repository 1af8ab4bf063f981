using System.Globalization;
using System.Text;

namespace Keelson.Docker.Http;

/// <summary>Path and query of a request, as they are put together; what is empty or false is left out.</summary>
internal sealed class Query(string path)
{
    private readonly StringBuilder text = new(path);
    private char separator = '?';

    /// <summary>Adds a parameter.</summary>
    public Query Add(string name, string? value)
    {
        if (string.IsNullOrEmpty(value)) return this;
        text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        separator = '&';
        return this;
    }

    public Query Add(string name, bool value) => Add(name, value ? "1" : null);

    public Query Add(string name, int? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds filters: <c>{"name":["a","b"]}</c>.</summary>
    public Query Add(Filters? filters) => filters is null || filters.IsEmpty ? this : Add("filters", filters.ToString());

    public override string ToString() => text.ToString();
}
