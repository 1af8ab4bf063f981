using System.Text.Json;
using Keelson.Linux;
using Keelson.Oci;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Http;

/// <summary>What clients see of errors.</summary>
internal static class ErrorAnswers
{
    private const string MediaType = "application/json; charset=utf-8";

    /// <summary>What an error is to the client; <see langword="null"/> for a fault of the registry.</summary>
    public static RegistryFault? Of(Exception error) => error switch
    {
        RegistryFault fault => fault,
        OciFormatException format => new(RegistryErrorCode.ManifestInvalid, "manifest invalid", format.Message, format),
        BadHttpRequestException bad => new(new("SIZE_INVALID", bad.StatusCode), bad.Message, null, bad),
        LinuxException { Errno: Errno.ENOSPC or Errno.EDQUOT } full => new(RegistryErrorCode.Full, "the registry's storage is full", null, full),
        KeelsonException { Kind: ErrorKind.Unsupported } unsupported => new(RegistryErrorCode.ManifestInvalid, "manifest invalid", unsupported.Message, unsupported),
        KeelsonException { Kind: ErrorKind.InvalidArgument } wrong => new(RegistryErrorCode.ManifestInvalid, wrong.Message, null, wrong),
        KeelsonException { Kind: ErrorKind.Unavailable } later => new(RegistryErrorCode.Unavailable, "the registry cannot answer now", null, later),
        OperationCanceledException late => new(RegistryErrorCode.Unavailable, "the registry cannot answer now", null, late),
        _ => null,
    };

    /// <summary>Answers with an error.</summary>
    public static async Task WriteAsync(HttpContext http, RegistryFault fault)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter writer = new(body))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("errors"u8);
            writer.WriteStartObject();
            writer.WriteString("code"u8, fault.Code.Name);
            writer.WriteString("message"u8, fault.Message);
            if (fault.Detail is { } detail) writer.WriteString("detail"u8, detail);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        // What was said of the content, before it was clear that there is none to send, is not for keeping.
        foreach (string name in (ReadOnlySpan<string>)["ETag", "Cache-Control", "Accept-Ranges", "Content-Range", "Docker-Content-Digest"]) http.Response.Headers.Remove(name);
        http.Response.StatusCode = fault.Code.Status;
        foreach ((string name, string value) in fault.Headers) http.Response.Headers[name] = value;
        http.Response.ContentType = MediaType;
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), http.RequestAborted).ConfigureAwait(false);
    }
}
