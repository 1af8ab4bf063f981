namespace Keelson.Acme;

/// <summary>A name, and how far its certificate is. The keeper's loop alone changes it; connections read <see cref="Certificate"/>.</summary>
internal sealed class KeptHost(string name)
{
    private volatile HostCertificate? certificate;

    public string Name => name;

    public HostCertificate? Certificate { get => certificate; set => certificate = value; }

    /// <summary>When it is asked for next.</summary>
    public DateTimeOffset Due { get; set; }

    /// <summary>How often it has failed since it last went well.</summary>
    public int Failures { get; set; }
}
