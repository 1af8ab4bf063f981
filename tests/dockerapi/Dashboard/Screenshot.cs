using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>A picture of the page, kept beside the test's program for people to look at. PNG, ISO/IEC 15948.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Colours">How many different ones there are.</param>
internal sealed record Screenshot(int Width, int Height, int Colours)
{
    /// <summary>Where the pictures are.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "screenshots");

    /// <summary>Takes one of what a browser shows.</summary>
    public static async Task<Screenshot> TakeAsync(Browser browser, string name)
    {
        byte[] png = await browser.ScreenshotAsync();
        Directory.CreateDirectory(Folder);
        await File.WriteAllBytesAsync($"{Folder}/{name}.png", png);
        return Read(png);
    }

    /// <summary>Reads one of eight bits a sample, true colour, not interlaced, as Chromium writes them.</summary>
    private static Screenshot Read(byte[] png)
    {
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 0x1a, 10], png[..8]);
        (int width, int height) = (Number(png, 16), Number(png, 20));
        int channels = png[25] switch { 2 => 3, 6 => 4, _ => throw new InvalidDataException($"colour type {png[25]}") };
        Assert.Equal((8, 0), (png[24], png[28]));
        using MemoryStream data = new();
        for (int at = 8; at < png.Length; at += 12 + Number(png, at))
            if (Encoding.ASCII.GetString(png, at + 4, 4) == "IDAT") data.Write(png, at + 8, Number(png, at));
        data.Position = 0;
        using ZLibStream inflated = new(data, CompressionMode.Decompress);
        HashSet<int> colours = [];
        byte[] before = new byte[width * channels], line = new byte[width * channels];
        for (int row = 0; row < height; row++)
        {
            int filter = inflated.ReadByte();
            inflated.ReadExactly(line);
            Unfilter(filter, line, before, channels);
            for (int i = 0; i < line.Length; i += channels) colours.Add(line[i] << 16 | line[i + 1] << 8 | line[i + 2]);
            (before, line) = (line, before);
        }
        return new(width, height, colours.Count);
    }

    /// <summary>Section 9, "Filtering": each byte was written as its difference from a neighbour.</summary>
    private static void Unfilter(int filter, byte[] line, byte[] above, int channels)
    {
        for (int i = 0; i < line.Length; i++)
        {
            int left = i < channels ? 0 : line[i - channels], up = above[i], corner = i < channels ? 0 : above[i - channels];
            line[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, 4 => Paeth(left, up, corner), _ => throw new InvalidDataException($"filter {filter}") });
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int sum = left + up - corner, byLeft = Math.Abs(sum - left), byUp = Math.Abs(sum - up), byCorner = Math.Abs(sum - corner);
        return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
    }

    private static int Number(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
}
