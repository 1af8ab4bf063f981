using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Listing;

/// <summary>The rows of <c>images</c>: one for each name of an image.</summary>
internal static class ImageRows
{
    private const string None = "<none>";

    /// <summary>Year 1: the image does not say when it was made.</summary>
    private const long NoTime = -62_135_596_800;

    /// <summary>The columns.</summary>
    public const string Table = "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}";

    /// <summary>The columns with digests.</summary>
    public const string TableWithDigests = "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}";

    /// <summary>The titles.</summary>
    public static readonly Listing Listing = new("ID=IMAGE ID", "Repository=REPOSITORY", "Tag=TAG", "Digest=DIGEST", "CreatedSince=CREATED", "CreatedAt=CREATED AT", "Size=SIZE",
        "Containers=CONTAINERS", "VirtualSize=SIZE", "SharedSize=SHARED SIZE", "UniqueSize=UNIQUE SIZE");

    /// <summary>The rows of an image.</summary>
    public static IEnumerable<Row> Of(ImageSummary image, TimeProvider time, bool isShort, bool withDigests)
    {
        // Repository to tags and to digests, in the order in which the engine tells them.
        List<string> repositories = [];
        Dictionary<string, List<string>> tags = [], digests = [];
        foreach (string name in image.RepoTags ?? []) Add(name, name.LastIndexOf(':'), tags);
        foreach (string name in image.RepoDigests ?? []) Add(name, name.LastIndexOf('@'), digests);
        if (repositories.Count == 0) yield return Row(None, None, None);
        foreach (string repository in repositories)
        {
            List<string> own = tags.GetValueOrDefault(repository, []), ownDigests = digests.GetValueOrDefault(repository, []);
            if (own.Count == 0) own = [None];
            if (!withDigests || ownDigests.Count == 0) ownDigests = [None];
            foreach (string tag in own)
                foreach (string digest in ownDigests)
                    yield return Row(repository, tag, digest);
        }

        void Add(string name, int at, Dictionary<string, List<string>> to)
        {
            if (at < 0 || name is "<none>:<none>" or "<none>@<none>") return;
            string repository = name[..at];
            if (repository == None) return;
            if (!repositories.Contains(repository)) repositories.Add(repository);
            if (!to.TryGetValue(repository, out List<string>? list)) to[repository] = list = [];
            list.Add(name[(at + 1)..]);
        }

        Row Row(string repository, string tag, string digest) => new()
        {
            ["ID"] = isShort ? Ellipsis.ShortId(image.Id) : image.Id,
            ["Repository"] = repository,
            ["Tag"] = tag,
            ["Digest"] = digest,
            ["CreatedSince"] = (Func<object?>)(() => image.Created == NoTime ? "" : Times.Ago(image.Created, time)),
            ["CreatedAt"] = (Func<object?>)(() => Times.Local(image.Created, time)),
            ["Size"] = Units.Size(image.Size),
            ["Containers"] = Counted(image.Containers, count => $"{count}"),
            ["VirtualSize"] = Units.Size(image.VirtualSize, 4),
            ["SharedSize"] = Counted(image.SharedSize, size => Units.Size(size, 4)),
            ["UniqueSize"] = image.SharedSize < 0 ? "N/A" : Units.Size(image.VirtualSize - image.SharedSize, 4),
        };
    }

    private static string Counted(long value, Func<long, string> form) => value < 0 ? "N/A" : form(value);
}
