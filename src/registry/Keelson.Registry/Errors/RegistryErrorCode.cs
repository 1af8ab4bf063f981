namespace Keelson.Registry;

/// <summary>Codes of the errors that clients see, and their HTTP status. distribution-spec 1.1 "Error Codes", and those of distribution besides.</summary>
internal readonly record struct RegistryErrorCode(string Name, int Status)
{
    public static readonly RegistryErrorCode BlobUnknown = new("BLOB_UNKNOWN", 404);
    public static readonly RegistryErrorCode BlobUploadInvalid = new("BLOB_UPLOAD_INVALID", 400);
    public static readonly RegistryErrorCode BlobUploadUnknown = new("BLOB_UPLOAD_UNKNOWN", 404);
    public static readonly RegistryErrorCode DigestInvalid = new("DIGEST_INVALID", 400);
    public static readonly RegistryErrorCode ManifestBlobUnknown = new("MANIFEST_BLOB_UNKNOWN", 400);
    public static readonly RegistryErrorCode ManifestInvalid = new("MANIFEST_INVALID", 400);
    public static readonly RegistryErrorCode ManifestTooLarge = new("MANIFEST_INVALID", 413);
    public static readonly RegistryErrorCode ManifestUnknown = new("MANIFEST_UNKNOWN", 404);
    public static readonly RegistryErrorCode NameInvalid = new("NAME_INVALID", 400);
    public static readonly RegistryErrorCode NameUnknown = new("NAME_UNKNOWN", 404);
    public static readonly RegistryErrorCode NotFound = new("NOT_FOUND", 404);
    public static readonly RegistryErrorCode SizeInvalid = new("SIZE_INVALID", 400);
    public static readonly RegistryErrorCode BlobTooLarge = new("SIZE_INVALID", 413);
    public static readonly RegistryErrorCode TagInvalid = new("TAG_INVALID", 400);
    public static readonly RegistryErrorCode Unauthorized = new("UNAUTHORIZED", 401);
    public static readonly RegistryErrorCode Denied = new("DENIED", 403);
    public static readonly RegistryErrorCode Unsupported = new("UNSUPPORTED", 405);
    public static readonly RegistryErrorCode TooManyRequests = new("TOOMANYREQUESTS", 429);
    public static readonly RegistryErrorCode PaginationNumberInvalid = new("PAGINATION_NUMBER_INVALID", 400);
    public static readonly RegistryErrorCode RangeInvalid = new("RANGE_INVALID", 416);
    public static readonly RegistryErrorCode TagImmutable = new("DENIED", 409);
    public static readonly RegistryErrorCode Unavailable = new("UNAVAILABLE", 503);
    public static readonly RegistryErrorCode BadUpstream = new("UNAVAILABLE", 502);
    public static readonly RegistryErrorCode Full = new("UNAVAILABLE", 507);
    public static readonly RegistryErrorCode Unknown = new("UNKNOWN", 500);
}
