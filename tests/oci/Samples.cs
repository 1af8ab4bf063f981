namespace Keelson.Oci.Tests;

/// <summary>Documents that the tests start from.</summary>
internal static class Samples
{
    /// <summary>The least that is a configuration.</summary>
    public const string Minimal = """{"ociVersion":"1.3.0","root":{"path":"rootfs"}}""";

    /// <summary>A configuration that uses every section of the specification at least once, and is valid; the fuzzers start from it too.</summary>
    public static readonly string Full = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "full.json")).TrimEnd();

    /// <summary>A sample as bytes.</summary>
    public static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    /// <summary>Reads a configuration.</summary>
    public static RuntimeSpec Parse(string json) => RuntimeSpecParser.Parse(Utf8(json));
}
