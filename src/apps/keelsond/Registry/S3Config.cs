using Keelson.Daemon.Configuration;
using Keelson.Registry.S3;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>storage.s3</c> of a registry's configuration, with distribution's names.</summary>
/// <remarks>
/// <code>
/// bucket, region, rootdirectory
/// accesskey, secretkey, sessiontoken      without them: AWS_ACCESS_KEY_ID and its like, then as the AWS SDK finds them
/// regionendpoint, forcepathstyle, secure  a server that is not Amazon's; with one the bucket is in the path unless it is said otherwise
/// encrypt, keyid, storageclass
/// chunksize, multipartcopychunksize, multipartcopythresholdsize, multipartcopymaxconcurrency
/// v4auth                                  true: there is nothing else
/// </code>
/// </remarks>
internal static class S3Config
{
    private const long LeastPart = 5 << 20, MostPart = 1 << 30;

    /// <summary>Reads the table.</summary>
    /// <returns><see langword="null"/>: there is none.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static S3Options? Read(ConfigSection storage)
    {
        bool isThere = storage.Tables.Contains("s3");
        ConfigSection table = storage.Section("s3");
        if (!isThere) return null;
        if (!table.Switch("v4auth", true)) throw table.Wrong("v4auth", "older signatures are not made");
        bool isSecure = table.Switch("secure", true);
        string? accessKey = table.Text("accesskey"), secretKey = table.Text("secretkey");
        if (accessKey is null != secretKey is null) throw table.Wrong(accessKey is null ? "secretkey" : "accesskey", "there is one of accesskey and secretkey, and not the other");
        Uri? endpoint = Endpoint(table, isSecure);
        S3Options standard = new() { Bucket = table.Text("bucket") ?? throw table.Wrong("bucket", "is missing") };
        S3Options read = standard with
        {
            Region = table.Text("region") ?? standard.Region,
            Endpoint = endpoint,
            IsSecure = isSecure,
            HasPathStyle = table.Switch("forcepathstyle", endpoint is not null),
            AccessKey = accessKey,
            SecretKey = secretKey,
            SessionToken = table.Text("sessiontoken"),
            RootPrefix = table.Text("rootdirectory") ?? "",
            IsEncrypted = table.Switch("encrypt", false),
            EncryptionKey = table.Text("keyid"),
            StorageClass = table.Text("storageclass"),
            ChunkBytes = (int)table.Integer("chunksize", standard.ChunkBytes, LeastPart, MostPart),
            CopyChunkBytes = table.Integer("multipartcopychunksize", standard.CopyChunkBytes, LeastPart, MostPart),
            CopyThresholdBytes = table.Integer("multipartcopythresholdsize", standard.CopyThresholdBytes, 0, MostPart),
            CopyConcurrency = (int)table.Integer("multipartcopymaxconcurrency", standard.CopyConcurrency, 1, 1000),
        };
        table.End();
        return read;
    }

    private static Uri? Endpoint(ConfigSection table, bool isSecure)
    {
        if (table.Text("regionendpoint") is not { Length: > 0 } text) return null;
        string whole = text.Contains("://", StringComparison.Ordinal) ? text : (isSecure ? "https://" : "http://") + text;
        return Uri.TryCreate(whole, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" ? address : throw table.Wrong("regionendpoint", $"'{text}' is no address of a server");
    }
}
