using System.Globalization;

namespace Keelson.DockerApi.Images;

/// <summary>Progress as a bar with sizes, which clients without a bar of their own print.</summary>
internal static class ProgressText
{
    private const int Width = 50;
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary><c>[====>      ]  1.2MB/3MB</c>.</summary>
    /// <param name="current">Bytes done.</param>
    /// <param name="total">Bytes in all; 0 when unknown.</param>
    public static string Bar(long current, long total)
    {
        string done = Size(current).PadLeft(8);
        if (total <= 0 || current > total) return done;
        int filled = (int)(current * Width / total);
        return $"[{new string('=', filled)}>{new string(' ', Width - filled)}] {done}/{Size(total)}"[..];
    }

    /// <summary>Bytes in decimal units with four digits at most: <c>1.987MB</c>.</summary>
    public static string Size(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1000 && unit < Units.Length - 1; unit++) bytes /= 1000;
        return bytes.ToString("G4", CultureInfo.InvariantCulture) + Units[unit];
    }
}
