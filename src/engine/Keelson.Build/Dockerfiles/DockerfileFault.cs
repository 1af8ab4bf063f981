using System.Globalization;

namespace Keelson.Build;

/// <summary>Errors of Dockerfiles in dockerd's words, which people search for.</summary>
internal static class DockerfileFault
{
    /// <summary>The file cannot be read as lines with arguments.</summary>
    public static KeelsonException Of(string cause) => new(ErrorKind.InvalidArgument, "failed to parse Dockerfile: " + cause);

    /// <summary>An instruction makes no sense.</summary>
    public static KeelsonException At(int line, string cause) => new(ErrorKind.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"dockerfile parse error line {line}: {cause}"));
}
