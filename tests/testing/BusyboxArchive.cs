using System.Diagnostics;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Testing;

/// <summary>
/// Writes an image of busybox as one archive that is both an OCI image layout and what <c>docker save</c> writes, so that
/// containerd, docker and podman all read it. image-spec v1.1 "Image Layout".
/// </summary>
public static class BusyboxArchive
{
    /// <summary>The image's full name.</summary>
    public const string Image = "docker.io/library/busybox:test";

    private const UnixFileMode Executable = (UnixFileMode)0x1ED /* 0755 */, Plain = (UnixFileMode)0x1A4 /* 0644 */, Sticky = (UnixFileMode)0x3FF /* 1777 */;

    /// <summary>Writes the archive to <paramref name="path"/>.</summary>
    public static async Task WriteAsync(string path)
    {
        byte[] layer = await LayerAsync();
        byte[] config = Encoding.UTF8.GetBytes(
            $$$"""
            {"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["sh"]},
             "rootfs":{"type":"layers","diff_ids":["{{{Digest(layer)}}}"]}}
            """);
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
             "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{Digest(config)}}}","size":{{{config.Length}}}},
             "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{{{Digest(layer)}}}","size":{{{layer.Length}}}}]}
            """);

        await using FileStream file = File.Create(path);
        await using TarWriter tar = new(file, TarEntryFormat.Ustar);
        await AddAsync("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
        foreach (byte[] blob in (byte[][])[layer, config, manifest]) await AddAsync(Place(blob), blob);
        await AddAsync("index.json", Encoding.UTF8.GetBytes(
            $$$"""
            {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Digest(manifest)}}}","size":{{{manifest.Length}}},
             "annotations":{"org.opencontainers.image.ref.name":"{{{Image}}}","io.containerd.image.name":"{{{Image}}}"}}]}
            """));
        await AddAsync("manifest.json", Encoding.UTF8.GetBytes($$"""[{"Config":"{{Place(config)}}","RepoTags":["{{Image}}"],"Layers":["{{Place(layer)}}"]}]"""));

        Task AddAsync(string name, byte[] content) => tar.WriteEntryAsync(Entry(TarEntryType.RegularFile, name, Plain, content));
    }

    private static async Task<byte[]> LayerAsync()
    {
        using MemoryStream layer = new();
        await using (TarWriter tar = new(layer, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (string directory in (string[])["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "var"])
                tar.WriteEntry(Entry(TarEntryType.Directory, directory, Executable));
            tar.WriteEntry(Entry(TarEntryType.Directory, "tmp", Sticky));
            tar.WriteEntry(Entry(TarEntryType.RegularFile, "bin/busybox", Executable, await File.ReadAllBytesAsync("/bin/busybox")));
            foreach (string applet in await AppletsAsync())
                tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox" });
            Text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n");
            Text("etc/group", "root:x:0:\napp:x:1000:\naudio:x:29:app\nnogroup:x:65534:\n");
            Text("etc/plain", "#!/bin/sh\necho never\n");
            Text("bin/no-interpreter", "#!/nowhere/interpreter\n", Executable);

            void Text(string name, string text, UnixFileMode mode = Plain) => tar.WriteEntry(Entry(TarEntryType.RegularFile, name, mode, Encoding.UTF8.GetBytes(text)));
        }

        return layer.ToArray();
    }

    private static async Task<string[]> AppletsAsync()
    {
        using Process busybox = Process.Start(new ProcessStartInfo("/bin/busybox", ["--list"]) { RedirectStandardOutput = true })!;
        string names = await busybox.StandardOutput.ReadToEndAsync();
        await busybox.WaitForExitAsync();
        return [.. names.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(name => name != "busybox")];
    }

    private static UstarTarEntry Entry(TarEntryType type, string name, UnixFileMode mode, byte[]? content = null)
    {
        UstarTarEntry entry = new(type, name) { Mode = mode, ModificationTime = DateTimeOffset.UnixEpoch };
        if (content is not null) entry.DataStream = new MemoryStream(content);
        return entry;
    }

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private static string Place(byte[] content) => "blobs/sha256/" + Digest(content)["sha256:".Length..];
}
