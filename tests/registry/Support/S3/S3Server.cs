using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Xml.Linq;
using Keelson.Hosting;
using Keelson.Registry.S3;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.S3;

/// <summary>
/// A server that speaks enough of S3's protocol for a registry, and is as strict about it: signatures, least length of parts, pages of 1,000 keys, copies, batches.
/// What it holds is in memory. It can be told to fail.
/// </summary>
internal sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "images", AccessKey = "AKIAEXAMPLEOFTESTS", SecretKey = "a/secret+of=the+tests", Region = "eu-test-1";

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private readonly S3Objects objects;
    private readonly S3Signature signature;

    private S3Server(TimeProvider time)
    {
        (Time, objects, signature) = (time, new(time), new(AccessKey, SecretKey, Region, time));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        server.Listen((int)socket.Handle, HttpProtocols.Http1, HandleAsync);
        Address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}"));
    }

    public Uri Address { get; }

    public TimeProvider Time { get; }

    public S3Objects Objects => objects;

    /// <summary>Methods and targets of what was asked.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Chooses a fault for a request; <see langword="null"/>: none.</summary>
    public Func<HttpContext, S3Fault?> Fails { get; set; } = _ => null;

    public static async Task<S3Server> StartAsync(TimeProvider? time = null)
    {
        S3Server made = new(time ?? TimeProvider.System);
        await made.server.StartAsync();
        return made;
    }

    /// <summary>How a store reaches it.</summary>
    public S3Options Options => OptionsOf(Address, Time);

    /// <summary>How a store reaches one that is at an address.</summary>
    public static S3Options OptionsOf(Uri address, TimeProvider time) =>
        new() { Bucket = Bucket, Region = Region, Endpoint = address, AccessKey = AccessKey, SecretKey = SecretKey, HasPathStyle = true, Time = time };

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(TimeSpan.FromSeconds(5));
        await server.DisposeAsync();
        socket.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        Requests.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
        if (http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { } limit) limit.MaxRequestBodySize = null;
        MemoryStream body = new((int)(http.Request.ContentLength ?? 0));
        S3Fault? fault = Fails(http);
        if (fault == S3Fault.Cut)
        {
            http.Abort();
            return;
        }
        await http.Request.Body.CopyToAsync(body);
        try
        {
            if (fault is { Status: > 0 }) throw new S3Refusal(fault.Status, fault.Code);
            ReadOnlyMemory<byte> content = body.GetBuffer().AsMemory(0, (int)body.Length);
            signature.Check(http, content.Span);
            string[] path = http.Request.Path.Value!.TrimStart('/').Split('/', 2);
            if (path[0] != Bucket) throw new S3Refusal(404, "NoSuchBucket", path[0]);
            await AnswerAsync(http, path.Length > 1 ? path[1] : "", content, fault == S3Fault.CutInside);
        }
        catch (S3Refusal e)
        {
            http.Response.StatusCode = e.Status;
            if (!HttpMethods.IsHead(http.Request.Method)) await WriteAsync(http, new XElement("Error", new XElement("Code", e.Code), new XElement("Message", e.Message)));
        }
    }

    private Task AnswerAsync(HttpContext http, string key, ReadOnlyMemory<byte> content, bool isCut)
    {
        IQueryCollection query = http.Request.Query;
        bool isPost = http.Request.Method == "POST";
        if (key.Length == 0)
        {
            if (isPost && query.ContainsKey("delete")) return WriteAsync(http, objects.DeleteMany(XDocument.Parse(System.Text.Encoding.UTF8.GetString(content.Span))));
            if (http.Request.Method == "GET" && query["list-type"] == "2") return WriteAsync(http, objects.List(query));
            throw new S3Refusal(501, "NotImplemented");
        }
        string upload = query["uploadId"].ToString();
        return http.Request.Method switch
        {
            "POST" when query.ContainsKey("uploads") => WriteAsync(http, objects.Begin(Bucket, key)),
            "POST" when upload.Length > 0 => WriteAsync(http, objects.Complete(key, upload, XDocument.Parse(System.Text.Encoding.UTF8.GetString(content.Span)))),
            "PUT" when upload.Length > 0 => PutPart(http, key, upload, int.Parse(query["partNumber"].ToString(), CultureInfo.InvariantCulture), content),
            "PUT" when http.Request.Headers.ContainsKey("x-amz-copy-source") => WriteAsync(http, objects.Copy(Source(http), key, http.Request.Headers["x-amz-metadata-directive"] == "REPLACE")),
            "PUT" => Done(http, objects.Put(key, content)),
            "DELETE" when upload.Length > 0 => Gone(http, () => objects.Abort(upload)),
            "DELETE" => Gone(http, () => objects.Delete(key)),
            "GET" or "HEAD" => ReadAsync(http, objects.Get(key), isCut),
            _ => throw new S3Refusal(501, "NotImplemented"),
        };
    }

    private Task PutPart(HttpContext http, string key, string upload, int number, ReadOnlyMemory<byte> content)
    {
        if (!http.Request.Headers.ContainsKey("x-amz-copy-source")) return Done(http, objects.PutPart(key, upload, number, S3Object.Of(content, Time.GetUtcNow())));
        S3Object source = objects.Get(Source(http));
        string[] range = http.Request.Headers["x-amz-copy-source-range"].ToString()["bytes=".Length..].Split('-');
        (long from, long to) = (long.Parse(range[0], CultureInfo.InvariantCulture), long.Parse(range[1], CultureInfo.InvariantCulture));
        if (to >= source.Length) throw new S3Refusal(400, "InvalidArgument", "the range is behind the end");
        S3Object part = objects.PutPart(key, upload, number, source.Part(from, to - from + 1, Time.GetUtcNow()));
        return WriteAsync(http, new XElement("CopyPartResult", new XElement("ETag", $"\"{part.ETag}\""), new XElement("LastModified", S3Objects.Text(part.Modified))));
    }

    private async Task ReadAsync(HttpContext http, S3Object found, bool isCut)
    {
        string tag = $"\"{found.ETag}\"", match = http.Request.Headers.IfMatch.ToString();
        if (match.Length > 0 && match != tag && match != found.ETag) throw new S3Refusal(412, "PreconditionFailed");
        long from = 0, to = found.Length - 1;
        if (http.Request.Headers.Range.ToString() is { Length: > 0 } range)
        {
            string[] ends = range["bytes=".Length..].Split('-');
            from = long.Parse(ends[0], CultureInfo.InvariantCulture);
            if (ends[1].Length > 0) to = Math.Min(to, long.Parse(ends[1], CultureInfo.InvariantCulture));
            if (from >= found.Length) throw new S3Refusal(416, "InvalidRange");
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{to}/{found.Length}");
        }
        http.Response.Headers.ETag = tag;
        http.Response.Headers.LastModified = found.Modified.ToString("R", CultureInfo.InvariantCulture);
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = to - from + 1;
        if (HttpMethods.IsHead(http.Request.Method)) return;
        long left = isCut ? (to - from + 1) / 2 : to - from + 1;
        foreach (ReadOnlyMemory<byte> piece in found.Part(from, left, found.Modified).Pieces) await http.Response.Body.WriteAsync(piece);
        if (!isCut) return;
        await http.Response.Body.FlushAsync();
        http.Abort();
    }

    private static string Source(HttpContext http)
    {
        string source = Uri.UnescapeDataString(http.Request.Headers["x-amz-copy-source"].ToString()).TrimStart('/');
        return source.StartsWith(Bucket + "/", StringComparison.Ordinal) ? source[(Bucket.Length + 1)..] : throw new S3Refusal(404, "NoSuchBucket", source);
    }

    private static Task Done(HttpContext http, S3Object made)
    {
        http.Response.Headers.ETag = $"\"{made.ETag}\"";
        return Task.CompletedTask;
    }

    private static Task Gone(HttpContext http, Action remove)
    {
        remove();
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext http, XElement root)
    {
        http.Response.ContentType = "application/xml";
        return http.Response.WriteAsync("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root);
    }
}
