namespace Keelson.Oci;

/// <summary>The rule for container ids: letters, digits, <c>_</c>, <c>+</c>, <c>.</c> and <c>-</c>, as in all runtimes.</summary>
/// <remarks>runtime-spec 1.3 runtime "State" leaves the form open. An id names a directory and a control group, so it is neither <c>.</c> nor <c>..</c>.</remarks>
public static class ContainerId
{
    /// <summary>Most characters: 255, because a directory bears the name (NAME_MAX).</summary>
    public const int MaxLength = 255;

    /// <summary>Whether an id follows the rule.</summary>
    public static bool IsValid(ReadOnlySpan<char> id) => Problem(id) is null;

    /// <summary>Checks an id that a caller has given.</summary>
    /// <exception cref="KeelsonException"><see cref="ErrorKind.InvalidArgument"/>: it does not follow the rule.</exception>
    public static void Validate(ReadOnlySpan<char> id)
    {
        if (Problem(id) is { } problem) throw new KeelsonException(ErrorKind.InvalidArgument, $"container id '{SpecReader.Quote(id)}': {problem}");
    }

    private static string? Problem(ReadOnlySpan<char> id)
    {
        if (id.IsEmpty) return "is empty";
        if (id.Length > MaxLength) return $"is longer than {MaxLength} characters";
        if (id is "." or "..") return "is the name of a directory";
        foreach (char c in id)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '.' or '-')) return "may hold letters, digits, '_', '+', '.' and '-' only";
        return null;
    }
}
