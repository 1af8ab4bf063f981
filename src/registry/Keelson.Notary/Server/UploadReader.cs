using System.Buffers;
using System.Text.Json;
using Keelson.Tuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Keelson.Notary.Server;

/// <summary>Reads an upload: files of metadata as <c>multipart/form-data</c>, each named after its role.</summary>
internal static class UploadReader
{
    private const int BoundaryLimit = 200;

    /// <summary>Reads it to its end.</summary>
    /// <exception cref="NotaryFault">It is none, not whole, too large, or a file of it is no metadata.</exception>
    public static async Task<List<UploadedFile>> ReadAsync(HttpRequest request, NotaryServerOptions options, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) || !type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= BoundaryLimit } boundary)
            throw NotaryFault.BadUpload("its Content-Type has no boundary");
        if (request.ContentLength > options.UploadLimitBytes) throw NotaryFault.TooLarge($"more than {options.UploadLimitBytes} bytes");
        List<UploadedFile> updates = [];
        long left = options.UploadLimitBytes;
        try
        {
            MultipartReader reader = new(boundary, request.Body) { BodyLengthLimit = options.UploadLimitBytes };
            while (await reader.ReadNextSectionAsync(cancel).ConfigureAwait(false) is { } section)
            {
                if (updates.Count == options.UploadLimitFiles) throw NotaryFault.TooLarge($"more than {options.UploadLimitFiles} files");
                string role = Role(section);
                using MemoryStream content = new();
                await CopyAsync(section.Body, content, left, options, cancel).ConfigureAwait(false);
                left -= content.Length;
                ReadOnlyMemory<byte> data = content.GetBuffer().AsMemory(0, (int)content.Length);
                if (updates.Any(update => update.Role == role)) throw NotaryFault.BadUpload($"it has the role {role} twice");
                updates.Add(Read(role, data));
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw NotaryFault.BadUpload(e is BadHttpRequestException ? "its body is not whole" : e.Message);
        }
        return updates.Count > 0 ? updates : throw NotaryFault.BadUpload("it has no file");
    }

    private static string Role(MultipartSection section)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition)) throw NotaryFault.NoFileName();
        // One without a value is nothing that the framework decodes.
        if (disposition.Parameters.Any(parameter => !parameter.Value.HasValue)) throw NotaryFault.NoFileName();
        string role = (HeaderUtilities.RemoveQuotes(disposition.FileNameStar).Value ?? HeaderUtilities.RemoveQuotes(disposition.FileName).Value ?? "").Trim();
        if (role.EndsWith(".json", StringComparison.Ordinal)) role = role[..^5];
        return role.Length == 0 ? throw NotaryFault.NoFileName() : TrustPath.IsRole(role) ? role : throw NotaryFault.BadRole(role);
    }

    private static async Task CopyAsync(Stream from, MemoryStream to, long left, NotaryServerOptions options, CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            while (await from.ReadAsync(buffer, cancel).ConfigureAwait(false) is > 0 and int count)
            {
                if (to.Length + count > left) throw NotaryFault.TooLarge($"more than {options.UploadLimitBytes} bytes");
                to.Write(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static UploadedFile Read(string role, ReadOnlyMemory<byte> data)
    {
        try
        {
            JsonElement file = TufJson.Parse(data);
            return file.ValueKind == JsonValueKind.Object && file.TryGetProperty("signed", out JsonElement signed) && signed.ValueKind == JsonValueKind.Object
                && signed.TryGetProperty("version", out JsonElement version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out long number) && number is > 0 and <= int.MaxValue
                ? new(role, number, data, file) : throw NotaryFault.BadJson($"{role} says no version");
        }
        catch (TufException e)
        {
            throw NotaryFault.BadJson($"{role}: {e.Message}");
        }
    }
}
