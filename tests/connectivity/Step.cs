namespace Keelson.Connectivity.Tests;

/// <summary>One line of a topology: something that is done, or a case that is looked at.</summary>
/// <param name="Name">What a case is about; empty for what is only done.</param>
/// <param name="From"><c>host</c>, <c>peer</c> or a container's name.</param>
/// <param name="Probe">What <c>probe.sh</c> understands, or the shell's lines that are done.</param>
/// <param name="Expected">What ours must answer.</param>
internal sealed record Step(string Name, string From, string Probe, string Expected)
{
    /// <summary>What dockerd 20.10 answers instead; <see langword="null"/>: the same.</summary>
    public string? Dockerd { get; init; }

    /// <summary>Why the two differ.</summary>
    public string Why { get; init; } = "";

    /// <summary>Whether it is looked at.</summary>
    public bool IsCase => Name.Length > 0;

    /// <summary>What an engine must answer.</summary>
    public string ExpectedOf(bool isDockerd) => isDockerd ? Dockerd ?? Expected : Expected;
}

/// <summary>Networks and containers, and what is reached in them and what is not.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Steps">What is done and looked at, in this order.</param>
internal sealed record Topology(string Name, IReadOnlyList<Step> Steps)
{
    /// <summary>Lines of a shell on the host that must succeed; <c>docker</c> is the engine's, <c>serve NAME OPTION…</c> starts a container.</summary>
    public static Step Do(string lines) => new("", "", lines, "");

    /// <summary>A case that both engines answer alike.</summary>
    public static Step Case(string name, string from, string probe, string expected) => new(name, from, probe, expected);

    /// <summary>A case in which dockerd 20.10 does something else.</summary>
    public static Step Differs(string name, string from, string probe, string expected, string dockerd, string why) => new(name, from, probe, expected) { Dockerd = dockerd, Why = why };
}
