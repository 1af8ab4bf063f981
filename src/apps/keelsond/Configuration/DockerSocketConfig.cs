using Keelson.DockerApi.Access;

namespace Keelson.Daemon.Configuration;

/// <summary>A socket for docker's clients besides the first one.</summary>
/// <remarks>
/// <code>
/// [[docker.sockets]]
/// address = "/run/keelson/docker-ro.sock"      or host:port, with tls_cert, tls_key and tls_client_ca
/// mode = "0660"
/// gid = 0
/// rights = "full"                              and the rest: see DockerRights
/// </code>
/// </remarks>
internal sealed record DockerSocketConfig(string Address, SocketRights Rights)
{
    /// <summary>Permission bits of a unix socket.</summary>
    public uint Mode { get; private init; } = SocketFile.StandardMode;

    /// <summary>Group of a unix socket.</summary>
    public uint Gid { get; private init; }

    /// <summary>Files of TLS; <see langword="null"/>: it is a unix socket.</summary>
    public DockerTlsConfig? Tls { get; private init; }

    /// <summary>Reads one.</summary>
    /// <param name="section">The table.</param>
    /// <param name="gid">The group where none is said.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown or has a wrong value.</exception>
    public static DockerSocketConfig Read(ConfigSection section, uint gid)
    {
        string address = section.Text("address") ?? throw section.Wrong("address", "is missing");
        DockerTlsConfig? tls = DockerTlsConfig.Read(section);
        CheckPlace(section, "address", address, tls);
        DockerSocketConfig config = new(address, DockerRights.Read(section, address))
        {
            Mode = ModeOf(section, section.Text("mode")),
            Gid = (uint)section.Integer("gid", gid, 0, int.MaxValue),
            Tls = tls,
        };
        section.End();
        return config;
    }

    /// <summary>Reads the keys of a socket of TCP without limits that stand beside those of the first one.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static DockerSocketConfig? ReadTcp(ConfigSection section)
    {
        DockerTlsConfig? tls = DockerTlsConfig.Read(section);
        if (section.Text("tcp") is not { Length: > 0 } address) return tls is null ? null : throw section.Wrong("tls_cert", "is for a socket of TCP, and there is no tcp");
        CheckPlace(section, "tcp", address, tls);
        return new(address, new(address)) { Tls = tls };
    }

    /// <summary>Who reaches a socket of TCP is nobody in particular, unless a certificate says who it is; and who speaks to it is root.</summary>
    private static void CheckPlace(ConfigSection section, string key, string address, DockerTlsConfig? tls)
    {
        bool isUnix = address.StartsWith('/') || address.StartsWith("unix://", StringComparison.Ordinal);
        if (isUnix && tls is not null) throw section.Wrong(key, "is a unix socket, and TLS is for TCP");
        if (!isUnix && tls is null) throw section.Wrong(key, "is TCP, which is served with tls_cert, tls_key and tls_client_ca alone: whoever reached it otherwise would be root");
    }

    private static uint ModeOf(ConfigSection section, string? text)
    {
        if (text is null) return SocketFile.StandardMode;
        uint mode = 0;
        if (text.Length is 0 or > 4 || text.Any(digit => digit is < '0' or > '7')) throw section.Wrong("mode", $"'{text}' is no octal number such as 0660");
        foreach (char digit in text) mode = mode * 8 + (uint)(digit - '0');
        return mode <= 0b111_111_111 ? mode : throw section.Wrong("mode", $"'{text}' is more than 0777");
    }
}
