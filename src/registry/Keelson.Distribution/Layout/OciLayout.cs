using System.Text;
using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>An image directory: <c>oci-layout</c>, <c>index.json</c> and <c>blobs/ALGORITHM/HEX</c>.</summary>
/// <remarks>
/// image-spec 1.1 image-layout. What is being written lies in <c>ingest</c>, which other programs pass over. A blob appears under its name only when
/// it is whole, right and on the disk; <c>index.json</c> is replaced in one step.
/// </remarks>
public sealed partial class OciLayout : IContentIngest
{
    private const string Version = """{"imageLayoutVersion":"1.0.0"}""", RefName = "org.opencontainers.image.ref.name", ImageName = "io.containerd.image.name";

    private OciLayout(string root) => Root = root;

    /// <summary>The directory, as an absolute path.</summary>
    public string Root { get; }

    /// <summary>Opens a directory, or makes a new and empty layout in it.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: there is something else in it.</exception>
    public static OciLayout Create(string directory)
    {
        OciLayout layout = new(Path.GetFullPath(directory));
        if (File.Exists(layout.At("oci-layout"))) return Open(directory);
        Directory.CreateDirectory(layout.Root);
        if (Directory.EnumerateFileSystemEntries(layout.Root).Any(path => Path.GetFileName(path) is not ("blobs" or "ingest" or "index.json")))
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"make an image layout in {directory}: it is not empty");
        Directory.CreateDirectory(layout.At("blobs/sha256"));
        if (!File.Exists(layout.At("index.json"))) layout.Write(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [] });
        layout.Replace("oci-layout", Encoding.UTF8.GetBytes(Version));
        return layout;
    }

    /// <summary>Opens a layout.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. InvalidArgument: it is of another version.</exception>
    public static OciLayout Open(string directory)
    {
        OciLayout layout = new(Path.GetFullPath(directory));
        CheckVersion(layout.ReadSmall("oci-layout") ?? throw new KeelsonException(ErrorKind.NotFound, $"open image layout {directory}: it has no file oci-layout"), directory);
        return layout;
    }

    /// <summary>The images by name, and others that have none.</summary>
    /// <exception cref="OciFormatException">index.json is wrong.</exception>
    public ImageIndex ReadIndex() =>
        ImageIndex.Parse(ReadSmall("index.json") ?? throw new KeelsonException(ErrorKind.NotFound, $"open image layout {Root}: it has no file index.json"), MediaTypes.OciIndex);

    /// <summary>Gives an image a name, or a new image to a name. Other images stay.</summary>
    /// <param name="target">The index or manifest; what it refers to must be there.</param>
    /// <param name="name">The whole name, or a tag alone; <see langword="null"/> lists the image without one.</param>
    public void Tag(Descriptor target, string? name)
    {
        ArgumentNullException.ThrowIfNull(target);
        ImageIndex index = ReadIndex();
        Write(index with { Manifests = [.. index.Manifests.Where(d => name is null ? d.Digest != target.Digest || NameOf(d) is not null : NameOf(d) != name), Named(target, name)] });
    }

    /// <summary>The image of a name; the only image where <paramref name="name"/> is left out.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. InvalidArgument: there are several.</exception>
    public Descriptor Find(string? name = null)
    {
        List<Descriptor> found = [.. ReadIndex().Manifests.Where(d => name is null || NameOf(d) == name || d.Digest.ToString() == name)];
        return found.Count == 1 ? found[0]
            : throw new KeelsonException(found.Count == 0 ? ErrorKind.NotFound : ErrorKind.InvalidArgument, $"find {name ?? "the image"} in {Root}: there are {found.Count}");
    }

    /// <summary>The name of an entry of index.json, or <see langword="null"/>.</summary>
    public static string? NameOf(Descriptor entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Annotations?.GetValueOrDefault(ImageName) ?? entry.Annotations?.GetValueOrDefault(RefName);
    }

    /// <summary>An entry with a name, as containerd and skopeo read it: the tag in one annotation and the whole name in another.</summary>
    internal static Descriptor Named(Descriptor target, string? name)
    {
        if (name is null) return target;
        SortedDictionary<string, string> annotations = new(StringComparer.Ordinal);
        foreach ((string key, string value) in target.Annotations ?? new Dictionary<string, string>()) annotations[key] = value;
        bool isWhole = name.Contains('/', StringComparison.Ordinal) && ImageReference.TryParse(name, out ImageReference? reference) && reference!.Tag is not null;
        annotations[RefName] = isWhole ? ImageReference.Parse(name).Tag! : name;
        if (isWhole) annotations[ImageName] = name;
        else annotations.Remove(ImageName);
        return target with { Annotations = annotations };
    }

    internal static void CheckVersion(byte[] text, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.TryGetProperty("imageLayoutVersion", out JsonElement version) && version.ValueKind == JsonValueKind.String
                && version.GetString()!.StartsWith("1.", StringComparison.Ordinal)) return;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"open image layout {name}: oci-layout is not an object", e);
        }
        throw new KeelsonException(ErrorKind.InvalidArgument, $"open image layout {name}: it is not of version 1");
    }

    private void Write(ImageIndex index) => Replace("index.json", index.ToUtf8());

    private string At(string path) => Path.Combine(Root, path);

    private byte[]? ReadSmall(string path)
    {
        FileInfo file = new(At(path));
        if (!file.Exists) return null;
        if (file.Length > DocumentLimits.MaxBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {At(path)}: is larger than {DocumentLimits.MaxBytes} bytes");
        return File.ReadAllBytes(file.FullName);
    }

    private void Replace(string path, byte[] text)
    {
        string temporary = At($".{path}.{Guid.NewGuid():N}");
        using (FileStream file = new(temporary, FileMode.CreateNew))
        {
            file.Write(text);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, At(path), overwrite: true);
    }
}
