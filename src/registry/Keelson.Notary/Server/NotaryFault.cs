using System.Text.Json.Nodes;

namespace Keelson.Notary.Server;

/// <summary>A request that cannot be answered as asked, in the codes that notary's clients know.</summary>
internal sealed class NotaryFault : Exception
{
    private NotaryFault(int status, string code, string message, JsonNode? detail = null, Exception? inner = null) : base(message, inner) => (Status, Code, Detail) = (status, code, detail);

    /// <summary>The status of the answer.</summary>
    public int Status { get; }

    /// <summary>The code in its body.</summary>
    public string Code { get; }

    /// <summary>More of it, in JSON.</summary>
    public JsonNode? Detail { get; }

    public static NotaryFault NoMetadata() => new(404, "METADATA_NOT_FOUND", "this collection has no such metadata");

    public static NotaryFault NoResource() => new(404, "GENERIC_NOT_FOUND", "there is no such resource");

    public static NotaryFault NoFileName() => new(400, "NO_FILENAME", "a file of the upload names no role");

    public static NotaryFault BadRole(string role) => new(400, "INVALID_ROLE", "the role is not valid here", role);

    public static NotaryFault BadJson(string why) => new(400, "MALFORMED_JSON", "a file of the upload is no metadata in JSON", why);

    public static NotaryFault BadUpload(string why) => new(400, "MALFORMED_UPLOAD", "the body is no upload of files as multipart/form-data", why);

    public static NotaryFault TooLarge(string why) => new(413, "MALFORMED_UPLOAD", "the upload is too large", why);

    public static NotaryFault OldVersion(string why) => new(400, "VERSION", "a newer version of the metadata is there already", why);

    public static NotaryFault BadGun(string why) => new(400, "INVALID_GUN", "the name of the collection is not valid here", why);

    public static NotaryFault BadParameter(string why) => new(400, "INVALID_PARAMETERS", "a parameter of the query is wrong", why);

    public static NotaryFault NotAllowed(string why) => new(401, "UNAUTHORIZED", "authentication required", why);

    public static NotaryFault Storing(Exception inner) => new(500, "UPDATING", "the update could not be stored", null, inner);

    public static NotaryFault Unknown(Exception inner) => new(inner is KeelsonException { Kind: ErrorKind.Unavailable } ? 503 : 500, "UNKNOWN", "unknown error", null, inner);

    /// <summary>An upload that was read and makes no sense.</summary>
    /// <param name="name"><c>ErrBadRoot</c>, <c>ErrBadTargets</c>, <c>ErrBadSnapshot</c>, <c>ErrBadHierarchy</c>, <c>ErrValidation</c>.</param>
    /// <param name="why">Why.</param>
    /// <param name="missing">The role that <c>ErrBadHierarchy</c> misses.</param>
    public static NotaryFault BadUpdate(string name, string why, string? missing = null)
    {
        JsonObject error = new() { ["Msg"] = why };
        if (missing is not null) error["Missing"] = missing;
        return new(400, "INVALID_UPDATE", "the update is not valid", new JsonObject { ["Name"] = name, ["Error"] = error });
    }
}
