using Keelson.Notary.Server;
using Microsoft.AspNetCore.Http;

namespace Keelson.Fuzz.Targets;

/// <summary>Uploads to the notary server, as multipart/form-data: they are read or refused with a status of 4xx.</summary>
internal sealed class NotaryUploadTarget : IFuzzTarget
{
    private static readonly NotaryServerOptions Options = new() { UploadLimitBytes = 1 << 16, UploadLimitFiles = 8 };

    public string Name => "notary-upload";

    public void Run(ReadOnlySpan<byte> input)
    {
        DefaultHttpContext context = new();
        context.Request.ContentType = "multipart/form-data; boundary=b";
        context.Request.Body = new MemoryStream(input.ToArray());
        try
        {
            List<UploadedFile> files = UploadReader.ReadAsync(context.Request, Options, CancellationToken.None).GetAwaiter().GetResult();
            if (files.Count == 0 || files.Any(file => !TrustPath.IsRole(file.Role) || file.Version < 1)) throw new InvalidOperationException("a file passes that is none");
        }
        catch (NotaryFault fault) when (fault.Status is >= 400 and < 500)
        {
            // Refused, as most are.
        }
    }
}
