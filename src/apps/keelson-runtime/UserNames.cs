using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.RuntimeCli;

/// <summary>Names of the host's users, from <c>/etc/passwd</c> alone: a static program cannot load name services. passwd(5).</summary>
internal static class UserNames
{
    /// <summary>The name of a user; <see langword="null"/> when the file has none.</summary>
    public static string? Find(uint uid)
    {
        if (Files.TryReadAll("/etc/passwd", out ReadOnlyMemory<byte> text) != Errno.None) return null;
        string number = uid.ToString(CultureInfo.InvariantCulture);
        foreach (string line in Encoding.UTF8.GetString(text.Span).Split('\n'))
            if (line.Split(':') is [var name, _, var id, ..] && id == number)
                return name;
        return null;
    }
}
