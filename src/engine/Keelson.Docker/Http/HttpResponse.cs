namespace Keelson.Docker.Http;

/// <summary>Status and headers of an answer, and its body, to be read once.</summary>
internal sealed record HttpResponse(int Status, List<(string Name, string Value)> Headers, HttpBody Body)
{
    public bool IsError => Status >= 400;

    /// <summary>The first header of a name, in any case.</summary>
    public string? Header(string name)
    {
        foreach ((string own, string value) in Headers)
            if (own.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        return null;
    }
}
