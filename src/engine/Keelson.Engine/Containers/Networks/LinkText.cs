namespace Keelson.Engine.Containers;

/// <summary>A link as it is written: the container, and by which name it is known.</summary>
internal static class LinkText
{
    /// <summary>Reads <c>name:alias</c>, or a name alone.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is neither.</exception>
    public static (string Name, string Alias) Parse(string text)
    {
        string[] parts = text.Split(':');
        (string name, string alias) = parts switch { [string only] => (only, only), [string first, string second] => (first, second), _ => ("", "") };
        // As inspect shows them: /db:/web/alias.
        (name, alias) = (name.TrimStart('/'), alias[(alias.LastIndexOf('/') + 1)..]);
        return name.Length > 0 && alias.Length > 0 ? (name, alias) : throw new KeelsonException(ErrorKind.InvalidArgument, $"bad format for links: {text}");
    }
}
