namespace Keelson.DockerApi.Dashboard;

/// <summary>A file of the page, which lies in the library.</summary>
/// <param name="MediaType">Its type.</param>
/// <param name="Content">What is in it.</param>
internal sealed record DashboardFile(string MediaType, ReadOnlyMemory<byte> Content)
{
    private const string Prefix = "dashboard/";

    /// <summary>Reads all of them, by the paths that they are served at.</summary>
    public static Dictionary<string, DashboardFile> ReadAll()
    {
        Dictionary<string, DashboardFile> files = new(StringComparer.Ordinal);
        foreach (string name in typeof(DashboardFile).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
            files[name == Prefix + "index.html" ? "/" : "/" + name] = Read(name);
        return files;
    }

    private static DashboardFile Read(string name)
    {
        using Stream stream = typeof(DashboardFile).Assembly.GetManifestResourceStream(name)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        string type = Path.GetExtension(name) switch { ".html" => "text/html", ".css" => "text/css", _ => "text/javascript" };
        return new(type + "; charset=utf-8", content);
    }
}
