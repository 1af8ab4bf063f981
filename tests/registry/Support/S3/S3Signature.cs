using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keelson.Registry.Tests.S3;

/// <summary>Checks who asks: AWS signature version 4, in the header or in the address, computed anew from the request as it came.</summary>
internal sealed class S3Signature(string accessKey, string secretKey, string region, TimeProvider time)
{
    private const string Algorithm = "AWS4-HMAC-SHA256", Unsigned = "UNSIGNED-PAYLOAD";
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    /// <exception cref="S3Refusal">It is not signed, or not rightly.</exception>
    public void Check(HttpContext http, ReadOnlySpan<byte> body)
    {
        string target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        int mark = target.IndexOf('?', StringComparison.Ordinal);
        string path = mark < 0 ? target : target[..mark];
        List<string> query = mark < 0 ? [] : [.. target[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Contains('=', StringComparison.Ordinal) ? part : part + "=")];
        string header = http.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Algorithm, StringComparison.Ordinal)) CheckHeader(http, header, path, query, body);
        else if (query.Any(part => part.StartsWith("X-Amz-Signature=", StringComparison.Ordinal))) CheckAddress(http, path, query);
        else throw new S3Refusal(403, "AccessDenied", "nothing is signed");
    }

    private void CheckHeader(HttpContext http, string header, string path, List<string> query, ReadOnlySpan<byte> body)
    {
        Dictionary<string, string> fields = header[Algorithm.Length..].Split(',').Select(part => part.Trim().Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        string date = http.Request.Headers["x-amz-date"].ToString(), payload = http.Request.Headers["x-amz-content-sha256"].ToString();
        if ((Date(date) - time.GetUtcNow()).Duration() > Skew) throw new S3Refusal(403, "RequestTimeTooSkewed");
        if (payload != Unsigned && payload != Convert.ToHexStringLower(SHA256.HashData(body))) throw new S3Refusal(400, "XAmzContentSHA256Mismatch", payload);
        string[] names = fields["SignedHeaders"].Split(';');
        if (!names.Contains("host")) throw new S3Refusal(403, "AccessDenied", "host is not signed");
        Compare(http, fields["Credential"], date, path, query, names, payload, fields["Signature"]);
    }

    private void CheckAddress(HttpContext http, string path, List<string> query)
    {
        Dictionary<string, string> fields = query.Select(part => part.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        string date = fields["X-Amz-Date"];
        if (time.GetUtcNow() > Date(date).AddSeconds(int.Parse(fields["X-Amz-Expires"], CultureInfo.InvariantCulture))) throw new S3Refusal(403, "AccessDenied", "Request has expired");
        query.RemoveAll(part => part.StartsWith("X-Amz-Signature=", StringComparison.Ordinal));
        Compare(http, fields["X-Amz-Credential"], date, path, query, fields["X-Amz-SignedHeaders"].Split(';'), Unsigned, fields["X-Amz-Signature"]);
    }

    private void Compare(HttpContext http, string credential, string date, string path, List<string> query, string[] names, string payload, string signature)
    {
        string scope = $"{date[..8]}/{region}/s3/aws4_request";
        if (credential != $"{accessKey}/{scope}") throw new S3Refusal(403, "InvalidAccessKeyId");
        string headers = string.Concat(names.Select(name => $"{name}:{string.Join(',', http.Request.Headers[name].Select(value => value!.Trim()))}\n"));
        string request = $"{http.Request.Method}\n{path}\n{string.Join('&', query.Order(StringComparer.Ordinal))}\n{headers}\n{string.Join(';', names)}\n{payload}";
        string text = $"{Algorithm}\n{date}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request)))}";
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (string part in (string[])[date[..8], region, "s3", "aws4_request", text]) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        if (Convert.ToHexStringLower(key) != signature) throw new S3Refusal(403, "SignatureDoesNotMatch");
    }

    private static DateTimeOffset Date(string text) => DateTimeOffset.ParseExact(text, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
