namespace Keelson.Testing.Labs;

/// <summary>One line of a lab, to be typed.</summary>
/// <param name="Text">The line without its comment.</param>
/// <param name="Failure">What the line says when it fails, which it must; <see langword="null"/> when it must succeed.</param>
internal sealed record LabCommand(string Text, string? Failure)
{
    private const string Fence = "```", ShellFence = "```sh", Comment = " # ", Fails = "fails: ";

    /// <summary>The lines of all shell blocks of a page, in order.</summary>
    public static List<LabCommand> Read(string page)
    {
        List<LabCommand> commands = [];
        bool isInside = false;
        foreach (string line in page.Split('\n'))
        {
            if (line.StartsWith(Fence, StringComparison.Ordinal)) isInside = line == ShellFence;
            else if (isInside && line.Length > 0) commands.Add(Parse(line));
        }
        return commands;
    }

    private static LabCommand Parse(string line)
    {
        int comment = line.IndexOf(Comment, StringComparison.Ordinal);
        if (comment < 0) return new(line, null);
        string words = line[(comment + Comment.Length)..];
        return new(line[..comment].TrimEnd(), words.StartsWith(Fails, StringComparison.Ordinal) ? words[Fails.Length..] : null);
    }
}
