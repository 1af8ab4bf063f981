namespace Keelson.Engine.Containers;

/// <summary>Paths as texts; nothing is looked up.</summary>
internal static class PathText
{
    /// <summary>An absolute path without <c>.</c>, <c>..</c> and double slashes. A relative one is taken from the root.</summary>
    public static string Clean(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }
        return "/" + string.Join('/', parts);
    }
}
