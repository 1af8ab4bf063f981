namespace Keelson.Registry.Tests.S3;

/// <summary>A request that S3 refuses.</summary>
internal sealed class S3Refusal(int status, string code, string message = "") : Exception($"{code}: {message}")
{
    public int Status => status;

    public string Code => code;
}
