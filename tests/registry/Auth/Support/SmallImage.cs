using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Registry.Tests.Auth;

/// <summary>An image of one small layer, as an archive of docker's, and skopeo to move it.</summary>
internal sealed class SmallImage
{
    public SmallImage(Folder folder, string contents)
    {
        string layer = folder.File(contents + "-layer.tar"), archive = folder.File(contents + ".tar");
        using (TarWriter tar = new(File.Create(layer))) tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(contents)) });
        string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(layer)));
        using (TarWriter image = new(File.Create(archive)))
        {
            Add(image, "layer.tar", File.ReadAllBytes(layer));
            Add(image, "config.json", Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:{{{hash}}}"]}}"""));
            Add(image, "manifest.json", """[{"Config":"config.json","RepoTags":["app:1"],"Layers":["layer.tar"]}]"""u8.ToArray());
        }
        Place = "docker-archive:" + archive;
    }

    /// <summary>Where it is, for skopeo.</summary>
    public string Place { get; }

    /// <summary>Runs skopeo, without TLS and without settings of the machine.</summary>
    public static CommandResult Skopeo(Folder folder, string command, params IReadOnlyList<string> arguments)
    {
        string[] insecure = command switch
        {
            "copy" => ["--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"],
            "login" => ["login"],
            _ => [command, "--tls-verify=false"],
        };
        return ChildProcess.Run(["skopeo", .. insecure, .. arguments], Options(folder));
    }

    /// <summary>A home of the test's own, and time enough on a busy machine.</summary>
    public static CommandOptions Options(Folder folder) => new()
    {
        Environment = new Dictionary<string, string> { ["HOME"] = folder.Path, ["TMPDIR"] = folder.Path, ["DOCKER_CONFIG"] = folder.File("docker") },
        Limit = TimeSpan.FromSeconds(120),
    };

    private static void Add(TarWriter image, string name, byte[] data) => image.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(data) });
}
