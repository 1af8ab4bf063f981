namespace Keelson.Interop.Tests;

/// <summary>The programs that call the runtime.</summary>
public static class Callers
{
    /// <summary>Why these programs cannot be started as root, or <see langword="null"/> when they can.</summary>
    public static string? Missing(params ReadOnlySpan<string> programs)
    {
        if (Needs.Missing(Need.Root) is { } reason) return reason;
        foreach (string program in programs)
            if (!IsInstalled(program))
                return $"needs program {program}";
        return null;
    }

    private static bool IsInstalled(string program)
    {
        foreach (string directory in (ReadOnlySpan<string>)["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"])
            if (File.Exists(directory + program))
                return true;
        return false;
    }
}
