using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Linux;
using Keelson.Registry.Tests;

namespace Keelson.Acme.Tests;

/// <summary>What is on the disk: whole or not there, wherever the writing ends; and files of Go's autocert, which distribution has.</summary>
public sealed class FolderTests : IDisposable
{
    private const string Host = "one.example";
    private readonly string root = TestDirectory.Make("folder");
    private readonly TestLog log = new();

    private string Folder => root + "/cache";

    public void Dispose() => TestDirectory.Remove(root);

    private CertificateKeeper Keep(Disk? disk = null) => new(new() { Authority = new() { Directory = new("http://127.0.0.1:1/dir") }, Hosts = [Host], Folder = Folder }, log, disk: disk);

    private static (string Key, string Certificate) Make(string host = Host, int days = 10)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=x", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-20), now.AddDays(days));
        return (key.ExportECPrivateKeyPem(), made.ExportCertificatePem());
    }

    private void Put(string name, string text)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText($"{Folder}/{name}", text);
        TestDirectory.SetMode($"{Folder}/{name}", 0b110_000_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Wherever_the_writing_ends_the_old_one_or_the_new_one_is_there(bool isHalf)
    {
        HostCertificate Issued() => HostCertificate.Of(Host, new("http://127.0.0.1:1/dir"), Make() is var made ? new(made.Key, made.Certificate) : null!);
        HostCertificate old = Issued();
        bool wasNew = false, wasOld = false;
        for (int calls = 0; calls < 12; calls++)
        {
            TestDirectory.Remove(Folder);
            new CertificateFolder(Folder, new()).Save(Host, old);
            HostCertificate made = Issued();
            try
            {
                new CertificateFolder(Folder, new EndingDisk(calls, isHalf)).Save(Host, made);
            }
            catch (PowerCutException)
            {
                // The machine starts again.
            }
            CertificateFolder after = new(Folder, new());
            string text = after.Load(Host)!.Text;
            Assert.True(text == old.Text || text == made.Text);
            (wasOld, wasNew) = (wasOld || text == old.Text, wasNew || text == made.Text);
            Assert.Equal([Host], Directory.GetFiles(Folder).Select(Path.GetFileName));
        }
        Assert.True(wasOld && wasNew);
    }

    [Fact]
    public void Files_of_autocert_are_used_as_they_are()
    {
        (string key, string certificate) = Make();
        using (ECDsa account = ECDsa.Create(ECCurve.NamedCurves.nistP256)) Put("acme_account+key", account.ExportECPrivateKeyPem());
        Put(Host, key + "\n" + certificate + "\n");
        using CertificateKeeper keeper = Keep();
        Assert.NotNull(keeper.Find(Host));
        Assert.Contains($"certificate for {Host}: from {Folder}, until", log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "there are 0 certificates")]
    [InlineData("", "there are 0 certificates")]
    [InlineData("other", "it is for another name")]
    [InlineData("half", "it is damaged, or of another key")]
    public void A_file_that_is_none_is_told_and_replaced(string kind, string problem)
    {
        (string key, string certificate) = Make(kind == "other" ? "two.example" : Host);
        (string strange, _) = Make();
        Put(Host, kind switch { "other" => key + "\n" + certificate, "half" => strange + "\n" + certificate, _ => kind });
        using CertificateKeeper keeper = Keep();
        Assert.Null(keeper.Find(Host));
        Assert.Contains($"certificate for {Host}: read certificate: {problem}", log.Text, StringComparison.Ordinal);
        Assert.Contains("; another one is asked for", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_account_s_key_that_is_none_is_not_replaced()
    {
        Put("acme_account+key", "secret words");
        KeelsonException e = Assert.Throws<KeelsonException>(() => Keep());
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.DoesNotContain("secret", e.FullMessage, StringComparison.Ordinal);
        Assert.Equal("secret words", File.ReadAllText(Folder + "/acme_account+key"));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_kept_is_used_all_the_same()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        using (Keep())
        {
            // The account's key is there now.
        }
        using CertificateKeeper keeper = new(new() { Authority = new() { Directory = authority.Directory, PollInterval = TimeSpan.FromMilliseconds(5) }, Hosts = [Host], Folder = Folder }, log, disk: new FullDisk());
        using CancellationTokenSource stop = new();
        Task run = Task.Run(() => keeper.RunAsync(stop.Token));
        Condition.Await("a certificate", () => keeper.Find(Host) is not null, TimeSpan.FromMinutes(1));
        await stop.CancelAsync();
        await run;
        Assert.Contains("ENOSPC", log.Text, StringComparison.Ordinal);
        Assert.Contains("it is used, and asked for anew after a restart", log.Text, StringComparison.Ordinal);
    }


    [Fact]
    public void The_thumbprint_is_that_of_the_key_s_members_in_their_order()
    {
        using AcmeAccountKey key = AcmeAccountKey.Create();
        string text = $$"""{"crv":"P-256","kty":"EC","x":"{{key.Public.X}}","y":"{{key.Public.Y}}"}""";
        Assert.Equal(System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text))), key.Thumbprint);
    }

    private sealed class PowerCutException : Exception;

    /// <summary>A disk that is cut off before one of its calls, or in the midst of a write.</summary>
    private sealed class EndingDisk(int calls, bool isHalf) : Disk
    {
        private int left = calls;

        private void Count()
        {
            if (left-- <= 0) throw new PowerCutException();
        }

        public override FdHandle Create(string path)
        {
            Count();
            return base.Create(path);
        }

        public override void Write(FdHandle file, string path, ReadOnlySpan<byte> data)
        {
            if (left == 0 && isHalf) base.Write(file, path, data[..(data.Length / 2)]);
            Count();
            base.Write(file, path, data);
        }

        public override void Sync(FdHandle file, string path)
        {
            Count();
            base.Sync(file, path);
        }

        public override void Rename(string from, string to)
        {
            Count();
            base.Rename(from, to);
        }

        public override void SyncDirectory(string path)
        {
            Count();
            base.SyncDirectory(path);
        }
    }

    private sealed class FullDisk : Disk
    {
        public override void Write(FdHandle file, string path, ReadOnlySpan<byte> data) => throw new LinuxException("write", path, Errno.ENOSPC);
    }
}
