namespace Keelson.Registry.Tests.S3;

/// <summary>An answer that a server gives instead of the right one.</summary>
/// <param name="Status">Its status; 0: the connection is cut.</param>
/// <param name="Code">S3's word for it.</param>
internal sealed record S3Fault(int Status, string Code = "")
{
    /// <summary>Too many requests.</summary>
    public static readonly S3Fault SlowDown = new(503, "SlowDown");

    /// <summary>The connection is cut before the answer.</summary>
    public static readonly S3Fault Cut = new(0);

    /// <summary>The connection is cut after half of the body. Of answers without a body it is <see cref="Cut"/>.</summary>
    public static readonly S3Fault CutInside = new(-1);

}
