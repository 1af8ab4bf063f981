namespace Keelson.Engine.Containers;

/// <summary>Names of containers and volumes: <c>[a-zA-Z0-9][a-zA-Z0-9_.-]+</c>, as docker's.</summary>
internal static class ContainerName
{
    /// <summary>Longest name, in characters; a path component of Linux.</summary>
    public const int Limit = 255;

    /// <summary>Takes a name as people write it, with or without a slash before it.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no name.</exception>
    public static string Parse(string what, string text)
    {
        string name = text.StartsWith('/') ? text[1..] : text;
        if (!IsValid(name)) throw new KeelsonException(ErrorKind.InvalidArgument, $"Invalid {what} name ({text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
        return name;
    }

    /// <summary>Whether a text is a name.</summary>
    public static bool IsValid(string name)
    {
        if (name.Length is < 2 or > Limit || !char.IsAsciiLetterOrDigit(name[0])) return false;
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-')) return false;
        return true;
    }
}
