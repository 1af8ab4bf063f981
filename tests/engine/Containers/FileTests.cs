using Keelson.Archive;
using Keelson.Engine.Containers;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

public sealed class FileTests
{
    [RootFact]
    public async Task Files_are_copied_out_and_in_while_it_runs_and_after()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "mkdir /d; echo in > /d/f; ln -s f /d/l; echo ready; sleep 1000"], host: new() { Binds = ["vol:/v"], Tmpfs = new Dictionary<string, string> { ["/t"] = "" } });
        await LifecycleTests.AwaitReadyAsync(test, id);
        foreach (bool runs in (bool[])[true, false])
        {
            if (!runs) await test.Service.StopAsync(id, TimeSpan.Zero);
            Assert.Equal(["d/", "d/f", "d/l"], await NamesAsync(test, id, "/d"));
            Assert.Equal(["./", "./f", "./l"], await NamesAsync(test, id, "/d/."));
            Assert.Equal(["f"], await NamesAsync(test, id, "d/../d/f"));
            PathStatus link = await test.Service.StatPathAsync(id, "/d/l");
            Assert.Equal(("l", "f", FileStatus.S_IFLNK), (link.Name, link.LinkTarget, link.Mode & FileStatus.S_IFMT));
            await test.Service.PutArchiveAsync(id, "/v", Tar(("new", $"put {runs}")));
            Assert.Equal($"put {runs}", File.ReadAllText($"{test.Folder}/root/volumes/vol/_data/new"));
            await test.Service.PutArchiveAsync(id, "/d", Tar(("f", "changed"), (".wh.f", "a file like others")));
            Assert.Equal(["d/", "d/.wh.f", "d/f", "d/l"], await NamesAsync(test, id, "/d"));
            Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.StatPathAsync(id, "/d/none"))).Kind);
            Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.PutArchiveAsync(id, "/d/f", Tar(("x", ""))))).Kind);
            Assert.Contains("cannot overwrite directory with non-directory", (await Assert.ThrowsAnyAsync<KeelsonException>(() => test.Service.PutArchiveAsync(id, "/", Tar(("d", "no directory")), keepKinds: true))).FullMessage, StringComparison.Ordinal);
            if (runs) await test.ExecAsync(id, new() { Cmd = ["rm", "/d/.wh.f"] });
        }
        Assert.Contains("extract-to-dir", await test.EventsAsync(id));
    }

    [RootFact]
    public async Task CVE_2018_15664_and_2019_14271_a_link_leads_nowhere_outside()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string secret = TestDirectory.Make("secret");
        File.WriteAllText(secret + "/file", "secret");
        string up = string.Concat(Enumerable.Repeat("../", 12));
        string id = await test.RunAsync(["sh", "-c", $"ln -s {secret} /abs; ln -s {up}{secret[1..]} /rel; ln -s /proc/1/root/{secret} /magic; echo ready; sleep 1000"]);
        await LifecycleTests.AwaitReadyAsync(test, id);
        foreach (bool runs in (bool[])[true, false])
        {
            if (!runs) await test.Service.StopAsync(id, TimeSpan.Zero);
            foreach (string link in (string[])["/abs", "/rel", "/magic"])
            {
                await Assert.ThrowsAnyAsync<KeelsonException>(() => test.Service.GetArchiveAsync(id, link + "/file"));
                await Assert.ThrowsAnyAsync<KeelsonException>(() => test.Service.PutArchiveAsync(id, link, Tar(("file", "overwritten"))));
            }
        }
        Assert.Equal("secret", File.ReadAllText(secret + "/file"));
    }

    [RootFact]
    public async Task CVE_2018_15664_a_link_that_comes_and_goes_meanwhile_leads_nowhere_outside()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string secret = TestDirectory.Make("secret");
        string id = await test.RunAsync(["sh", "-c", $"mkdir -p /a/d; echo own > /a/d/file; ln -s {secret} /a/link; echo ready; while :; do mv -T /a/d /a/x; mv -T /a/link /a/d; mv -T /a/d /a/link; mv -T /a/x /a/d; done"]);
        await LifecycleTests.AwaitReadyAsync(test, id);
        for (int i = 0; i < 100; i++)
        {
            try
            {
                await test.Service.PutArchiveAsync(id, "/a/d", Tar(("file", "put")));
            }
            catch (KeelsonException)
            {
                // The directory was away, or a link was there.
            }
        }
        Assert.Empty(Directory.GetFileSystemEntries(secret));
    }

    [RootFact]
    public async Task CVE_2018_15664_what_is_read_through_such_a_link_is_never_the_hosts()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string secret = TestDirectory.Make("secret");
        File.WriteAllText(secret + "/file", "secret");
        string id = await test.RunAsync(["sh", "-c", $"mkdir -p /a/d; echo own > /a/d/file; ln -s {secret} /a/link; echo ready; while :; do mv -T /a/d /a/x; mv -T /a/link /a/d; mv -T /a/d /a/link; mv -T /a/x /a/d; done"]);
        await LifecycleTests.AwaitReadyAsync(test, id);
        int read = 0;
        // As often as it takes: on a busy machine the directory may be away for long.
        for (int i = 0; i < 10_000 && read < 20; i++)
        {
            try
            {
                ContainerArchive archive = await test.Service.GetArchiveAsync(id, "/a/d/file");
                await using (archive.Content)
                {
                    using StreamReader text = new(archive.Content);
                    Assert.DoesNotContain("secret", await text.ReadToEndAsync(), StringComparison.Ordinal);
                    read++;
                }
            }
            catch (KeelsonException)
            {
                // The directory was away, or a link was there.
            }
        }
        Assert.NotEqual(0, read);
    }

    [RootFact]
    public async Task CVE_2019_14271_no_program_and_no_library_of_the_container_has_a_part_in_a_copy()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", """
            mkdir -p /usr/bin /lib/x86_64-linux-gnu /etc
            for program in tar gzip unpigz xz bzip2 zstd getent; do printf '#!/bin/sh\ntouch /ran\n' > /usr/bin/$program; cp /usr/bin/$program /bin/$program; chmod 755 /bin/$program /usr/bin/$program; done
            for library in libnss_files.so.2 libnss_compat.so.2 libc.so.6; do echo touched > /lib/x86_64-linux-gnu/$library; done
            echo 'passwd: compat' > /etc/nsswitch.conf; echo ready; exec sleep 1000
            """]);
        await LifecycleTests.AwaitReadyAsync(test, id);
        MemoryStream packed = new();
        using (System.IO.Compression.GZipStream gzip = new(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) Tar(("put", "in")).CopyTo(gzip);
        packed.Position = 0;
        await test.Service.PutArchiveAsync(id, "/etc", packed);
        ContainerArchive archive = await test.Service.GetArchiveAsync(id, "/etc");
        await using (archive.Content) Assert.Contains("etc/put", string.Join(' ', Names(archive.Content)), StringComparison.Ordinal);
        Assert.Equal(1, (await test.ExecAsync(id, new() { Cmd = ["ls", "/ran"] })).Code);
    }

    [RootFact]
    public async Task What_cannot_be_written_is_not_written_from_outside_either()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.CreateAsync(["true"], host: new() { ReadonlyRootfs = true, Binds = ["vol:/v:ro"] });
        Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.PutArchiveAsync(id, "/tmp", Tar(("x", ""))))).Kind);
        Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.PutArchiveAsync(id, "/v", Tar(("x", ""))))).Kind);
    }

    [RootFact]
    public async Task Changes_are_those_that_were_made_and_an_export_holds_them()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "echo x > /tmp/new; rm /etc/group; echo more >> /etc/passwd"]);
        await test.Service.WaitAsync(id);
        IEnumerable<string> changes = (await test.Service.ChangesAsync(id)).Select(change => $"{change.Kind} {change.Path}").Where(line => !line.Contains("/dev", StringComparison.Ordinal) && !line.EndsWith("/hosts", StringComparison.Ordinal)
            && !line.EndsWith("/hostname", StringComparison.Ordinal) && !line.EndsWith("/resolv.conf", StringComparison.Ordinal));
        Assert.Equal(["Modified /etc", "Deleted /etc/group", "Modified /etc/passwd", "Modified /tmp", "Added /tmp/new"], changes);
        using MemoryStream archive = new();
        await test.Service.ExportAsync(id, archive);
        archive.Position = 0;
        List<string> names = Names(archive);
        Assert.Contains("tmp/new", names);
        Assert.DoesNotContain("etc/group", names);
        ContainerSize size = await test.Service.SizeAsync(id);
        Assert.InRange(size.WritableBytes, 1, size.RootBytes);
    }

    private static async Task<List<string>> NamesAsync(ContainersUnderTest test, string id, string path)
    {
        ContainerArchive archive = await test.Service.GetArchiveAsync(id, path);
        await using Stream content = archive.Content;
        using MemoryStream all = new();
        await content.CopyToAsync(all);
        all.Position = 0;
        return Names(all);
    }

    private static List<string> Names(Stream archive)
    {
        TarReader reader = new(archive);
        List<string> names = [];
        while (reader.Read() is { } entry) names.Add(entry.ToString());
        return names;
    }

    private static MemoryStream Tar(params ReadOnlySpan<(string Name, string Text)> files)
    {
        MemoryStream stream = new();
        TarWriter writer = new(stream);
        foreach ((string name, string text) in files)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
            writer.WriteEntry(new() { Name = TarEntry.ToName(name), Mode = 0b110_100_100, Size = bytes.Length });
            writer.Write(bytes);
        }
        writer.Finish();
        stream.Position = 0;
        return stream;
    }
}
