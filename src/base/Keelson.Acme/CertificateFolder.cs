using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Acme;

/// <summary>Where an account's key and certificates are kept: files as Go's autocert has them, so that those of distribution go on being used. One process at a time has it.</summary>
internal sealed class CertificateFolder
{
    private const string AccountFile = "acme_account+key", Unfinished = "+new";
    private const int LimitBytes = 1 << 20;
    private const uint OthersMayRead = 0b000_000_111;
    private readonly string path;
    private readonly Disk disk;

    /// <summary>Opens the folder, and makes it unless it is there. What a process that was killed left half made goes.</summary>
    /// <exception cref="KeelsonException">It cannot be made, or is none.</exception>
    public CertificateFolder(string path, Disk disk)
    {
        (this.path, this.disk) = (path, disk);
        // The rights of one that is there are its owner's affair.
        if (Files.TryStatus(path, out _) == Errno.ENOENT) disk.MakeDirectory(path);
        foreach (string name in Disk.List(path))
            if (name.EndsWith(Unfinished, StringComparison.Ordinal)) disk.Remove($"{path}/{name}");
    }

    /// <summary>Reads the account's key, and makes one when there is none.</summary>
    /// <exception cref="KeelsonException">PermissionDenied: others may read it. InvalidArgument: it is none.</exception>
    public AcmeAccountKey LoadOrCreateAccount()
    {
        if (Read(AccountFile) is not { } text)
        {
            AcmeAccountKey made = AcmeAccountKey.Create();
            Write(AccountFile, made.ToPem());
            return made;
        }
        try
        {
            return AcmeAccountKey.FromPem(text);
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(e.Kind, $"read key of account {path}/{AccountFile}: {e.Message}");
        }
    }

    /// <summary>Reads the certificate for a name; <see langword="null"/>: there is none.</summary>
    /// <exception cref="KeelsonException">PermissionDenied: others may read it. DataLoss: it is damaged.</exception>
    public HostCertificate? Load(string host) => Read(host) is { } text ? HostCertificate.Read(host, text) : null;

    /// <summary>Keeps a certificate: it is there as a whole or not at all, whatever happens.</summary>
    public void Save(string host, HostCertificate certificate) => Write(host, certificate.Text);

    private string? Read(string name)
    {
        string file = $"{path}/{name}";
        Errno errno = Files.TryStatus(file, out FileStatus status);
        if (errno == Errno.ENOENT) return null;
        errno.ThrowIfError("read", file);
        if ((status.Mode & OthersMayRead) != 0) throw new KeelsonException(ErrorKind.PermissionDenied, $"read {file}: everybody may read it, and it holds a key; its mode should be 0600");
        return Encoding.UTF8.GetString(Files.ReadAll(file, LimitBytes).Span);
    }

    private void Write(string name, string text)
    {
        string file = $"{path}/{name}", made = file + Unfinished;
        disk.Remove(made);
        using (FdHandle handle = disk.Create(made))
        {
            disk.Write(handle, made, Encoding.UTF8.GetBytes(text));
            disk.Sync(handle, made);
        }
        disk.Rename(made, file);
        disk.SyncDirectory(path);
    }
}
