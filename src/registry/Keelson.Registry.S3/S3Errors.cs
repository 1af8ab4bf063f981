using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace Keelson.Registry.S3;

/// <summary>What a server's answers and the network's faults are to callers.</summary>
internal static class S3Errors
{
    /// <summary>Whether the object is not there, and not the bucket.</summary>
    public static bool IsMissing(AmazonS3Exception error) => error.StatusCode == HttpStatusCode.NotFound && error.ErrorCode != "NoSuchBucket";

    /// <summary>Whether it is a fault of the server or of the way there, and not of ours or a cancellation.</summary>
    public static bool IsOfServer(Exception error, CancellationToken cancel) =>
        error is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException || error is OperationCanceledException && !cancel.IsCancellationRequested;

    /// <summary>An error with operation, object and cause.</summary>
    public static KeelsonException Of(string operation, string bucket, string key, Exception error)
    {
        string name = $"s3 {operation} {bucket}/{key}";
        if (error is not AmazonServiceException { StatusCode: var status and not 0 } answer) return new(ErrorKind.Unavailable, name, error);
        ErrorKind kind = status switch
        {
            HttpStatusCode.NotFound => ErrorKind.NotFound,
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => ErrorKind.PermissionDenied,
            HttpStatusCode.PreconditionFailed => ErrorKind.FailedPrecondition,
            >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout => ErrorKind.Unavailable,
            _ => ErrorKind.Unknown,
        };
        return new(kind, $"{name}: {(int)status} {answer.ErrorCode}", error);
    }
}
