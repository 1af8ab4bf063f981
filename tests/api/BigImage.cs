using System.IO.Compression;
using Keelson.Oci;

namespace Keelson.Api.Tests;

/// <summary>An image of real files and of everything that a layer can hold, as an archive that <c>ctr images import</c> takes.</summary>
internal static class BigImage
{
    /// <summary>What the upper layer does to the lower one: hides, replaces, hides all within, links.</summary>
    private const string Upper = """
        mkdir -p upper/opaque upper/etc upper/new/sub
        touch upper/etc/.wh.passwd upper/.wh.gone upper/opaque/.wh..wh..opq
        echo new > upper/opaque/new
        echo file > upper/directory
        echo a > upper/new/sub/a
        ln upper/new/sub/a upper/new/b
        """;

    private const string Lower = """
        mkdir -p lower/usr lower/opaque/sub lower/gone lower/directory/sub lower/dev
        cp -a /etc lower/etc 2>/dev/null
        cp -a /usr/share/perl5 /usr/share/zoneinfo lower/usr/ 2>/dev/null
        cp /bin/true lower/setuid && ln lower/setuid lower/usr/hard && chmod 6755 lower/setuid
        mknod lower/dev/null c 1 3 && mknod lower/dev/loop b 7 0 && mkfifo lower/dev/fifo
        ln -s /etc/passwd lower/absolute && ln -s ../../etc lower/usr/relative
        chown -R 1000:2000 lower/opaque && chmod 1777 lower/dev
        touch -d '1999-01-01 00:00:00.5' lower/usr/old
        echo x > lower/usr/attributes && setfattr -n user.note -v value lower/usr/attributes
        touch "lower/usr/$(printf 'no\377utf8')"
        """;

    /// <summary>Writes the image, tagged <c>big</c>, into a directory.</summary>
    /// <returns>The path of the archive.</returns>
    public static string Write(string folder)
    {
        ChildProcess.Run(["sh", "-c", $"""
            set -e; mkdir {folder}/big; cd {folder}/big
            {Lower}
            {Upper}
            tar --xattrs --format=pax --sort=name -cf 1.tar -C lower .
            tar --format=pax --sort=name -cf 2.tar -C upper .
            mkdir -p layout/blobs/sha256
            """]).Succeeds();
        List<Digest> diffIds = [];
        List<Descriptor> layers = [];
        foreach (int number in (int[])[1, 2])
        {
            byte[] tar = File.ReadAllBytes($"{folder}/big/{number}.tar");
            MemoryStream packed = new();
            using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(tar);
            diffIds.Add(Digest.Of(tar));
            layers.Add(Put(folder, MediaTypes.OciLayerGzip, packed.ToArray()));
        }
        Descriptor config = Put(folder, MediaTypes.OciConfig, new ImageConfig { Os = "linux", Architecture = "amd64", Rootfs = new() { Type = "layers", DiffIds = diffIds } }.ToUtf8());
        Descriptor manifest = Put(folder, MediaTypes.OciManifest, new ImageManifest { MediaType = MediaTypes.OciManifest, Config = config, Layers = layers }.ToUtf8());
        ImageIndex index = new() { MediaType = MediaTypes.OciIndex, Manifests = [manifest with { Annotations = new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = "big" } }] };
        File.WriteAllBytes(folder + "/big/layout/index.json", index.ToUtf8());
        File.WriteAllText(folder + "/big/layout/oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
        ChildProcess.Run(["tar", "-cf", folder + "/big.tar", "-C", folder + "/big/layout", "."]).Succeeds();
        return folder + "/big.tar";
    }

    /// <summary>All that can be known of the files of a tree, one line each.</summary>
    public static string[] Facts(string root) => ChildProcess.Run(["sh", "-c", $$"""
        cd {{root}}
        find . -mindepth 1 -printf '%p|%y|%m|%U:%G|%T@|%n|%l|' \( -type f -printf '%s' -o -true \) -printf '\n' | sort
        find . \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} + | sort
        find . -type f -print0 | sort -z | xargs -0 sha256sum
        getfattr -R -h -d -m user. .
        """], new() { Environment = new Dictionary<string, string> { ["LC_ALL"] = "C" } }).Succeeds().Lines;

    private static Descriptor Put(string folder, string mediaType, byte[] content)
    {
        Digest digest = Digest.Of(content);
        File.WriteAllBytes($"{folder}/big/layout/blobs/sha256/{digest.Hex}", content);
        return new() { MediaType = mediaType, Digest = digest, Size = content.Length };
    }
}
