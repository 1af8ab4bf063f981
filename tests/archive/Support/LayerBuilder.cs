using System.Text;

namespace Keelson.Archive.Tests;

/// <summary>Makes layers by hand, hostile ones too.</summary>
internal sealed class LayerBuilder
{
    private readonly List<(TarEntry Entry, byte[] Contents)> entries = [];

    public LayerBuilder File(string name, string text = "text", uint mode = 0b110_100_100, string? attribute = null, string value = "v")
    {
        byte[] contents = Encoding.UTF8.GetBytes(text);
        entries.Add((new()
        {
            Name = TarEntry.ToName(name),
            Mode = mode,
            Size = contents.Length,
            ModifyTime = new(1_000_000_000, 0),
            Attributes = attribute is null ? [] : [new(TarEntry.ToName(attribute), TarEntry.ToName(value))],
        }, contents));
        return this;
    }

    public LayerBuilder Add(TarEntryType type, string name, string link = "", uint mode = 0b111_101_101, uint major = 0, uint minor = 0, long uid = 0)
    {
        entries.Add((new()
        {
            Name = TarEntry.ToName(name),
            Type = type,
            Mode = mode,
            Uid = uid,
            LinkName = TarEntry.ToName(link),
            DeviceMajor = major,
            DeviceMinor = minor,
            ModifyTime = new(1_000_000_000, 0),
        }, []));
        return this;
    }

    public LayerBuilder Directory(string name, uint mode = 0b111_101_101) => Add(TarEntryType.Directory, name, mode: mode);

    public LayerBuilder Link(string name, string target) => Add(TarEntryType.HardLink, name, target);

    public LayerBuilder Symlink(string name, string target) => Add(TarEntryType.SymbolicLink, name, target, 0b111_111_111);

    public byte[] Build()
    {
        MemoryStream bytes = new();
        TarWriter writer = new(bytes);
        foreach ((TarEntry entry, byte[] contents) in entries)
        {
            writer.WriteEntry(entry);
            writer.Write(contents);
        }
        writer.Finish();
        return bytes.ToArray();
    }

    /// <summary>Extracts it.</summary>
    public LayerResult ExtractTo(Tree tree, ExtractOptions? options = null) => LayerExtractor.Extract(new MemoryStream(Build()), tree.Root, options, TestContext.Current.CancellationToken);
}
