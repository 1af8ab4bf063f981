namespace Keelson.Docker;

/// <summary>The answer to GET /containers/(id)/top: titles as ps has them, a row a process.</summary>
public sealed record ContainerTop
{
    public string[][]? Processes { get; set; }

    public string[]? Titles { get; set; }
}
