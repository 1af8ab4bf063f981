using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Tests.S3;

/// <summary>The objects of a bucket and the multipart uploads to it.</summary>
internal sealed class S3Objects(TimeProvider time)
{
    private const int PageKeys = 1000, BatchKeys = 1000, LeastPartBytes = 5 << 20;

    /// <summary>S3: 5 GiB. Less, so that a test need not hold as much.</summary>
    private const long CopyLimitBytes = 64 << 20;

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, S3Object> objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Key, SortedDictionary<int, S3Object> Parts)> uploads = [];

    /// <summary>All keys in their order.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (gate) return [.. objects.Keys];
        }
    }

    /// <summary>How many multipart uploads were begun and neither completed nor given up.</summary>
    public int OpenUploads
    {
        get
        {
            lock (gate) return uploads.Count;
        }
    }

    /// <summary>A time as lists have it.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public S3Object Get(string key)
    {
        lock (gate) return objects.GetValueOrDefault(key) ?? throw new S3Refusal(404, "NoSuchKey", key);
    }

    /// <summary>An object; <see langword="null"/>: it is not there.</summary>
    public S3Object? Find(string key)
    {
        lock (gate) return objects.GetValueOrDefault(key);
    }

    public S3Object Put(string key, ReadOnlyMemory<byte> content)
    {
        S3Object made = S3Object.Of(content, time.GetUtcNow());
        lock (gate) return objects[key] = made;
    }

    public void Delete(string key)
    {
        lock (gate) objects.Remove(key);
    }

    public XElement DeleteMany(XDocument request)
    {
        string[] keys = [.. request.Descendants().Where(element => element.Name.LocalName == "Key").Select(element => element.Value)];
        if (keys.Length is 0 or > BatchKeys) throw new S3Refusal(400, "MalformedXML");
        foreach (string key in keys) Delete(key);
        return new("DeleteResult");
    }

    public XElement Copy(string source, string target, bool replacesMetadata)
    {
        if (source == target && !replacesMetadata) throw new S3Refusal(400, "InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself");
        S3Object found = Get(source);
        if (found.Length > CopyLimitBytes) throw new S3Refusal(400, "InvalidRequest", "The specified copy source is larger than the maximum allowable size");
        lock (gate) objects[target] = found with { Modified = time.GetUtcNow() };
        return new("CopyObjectResult", new XElement("ETag", $"\"{found.ETag}\""), new XElement("LastModified", Text(time.GetUtcNow())));
    }

    public XElement Begin(string bucket, string key)
    {
        string id = Guid.NewGuid().ToString("N");
        lock (gate) uploads[id] = (key, []);
        return new("InitiateMultipartUploadResult", new XElement("Bucket", bucket), new XElement("Key", key), new XElement("UploadId", id));
    }

    public S3Object PutPart(string key, string upload, int number, S3Object part)
    {
        if (number is < 1 or > 10_000) throw new S3Refusal(400, "InvalidArgument", "part number");
        lock (gate) return Upload(key, upload)[number] = part;
    }

    public XElement Complete(string key, string upload, XDocument request)
    {
        lock (gate)
        {
            SortedDictionary<int, S3Object> parts = Upload(key, upload);
            List<S3Object> chosen = [];
            int last = 0;
            foreach (XElement part in request.Descendants().Where(element => element.Name.LocalName == "Part"))
            {
                int number = (int)part.Elements().Single(element => element.Name.LocalName == "PartNumber");
                if (number <= last) throw new S3Refusal(400, "InvalidPartOrder");
                string tag = part.Elements().Single(element => element.Name.LocalName == "ETag").Value.Trim('"');
                if (!parts.TryGetValue(number, out S3Object? found) || found.ETag != tag) throw new S3Refusal(400, "InvalidPart");
                chosen.Add(found);
                last = number;
            }
            if (chosen.Count == 0) throw new S3Refusal(400, "MalformedXML");
            if (chosen.SkipLast(1).Any(part => part.Length < LeastPartBytes)) throw new S3Refusal(400, "EntityTooSmall");
            S3Object whole = objects[key] = S3Object.Of(chosen, time.GetUtcNow());
            uploads.Remove(upload);
            return new("CompleteMultipartUploadResult", new XElement("Key", key), new XElement("ETag", $"\"{whole.ETag}\""));
        }
    }

    public void Abort(string upload)
    {
        lock (gate)
            if (!uploads.Remove(upload)) throw new S3Refusal(404, "NoSuchUpload");
    }

    /// <summary>ListObjectsV2.</summary>
    public XElement List(IQueryCollection query)
    {
        string prefix = query["prefix"].ToString(), delimiter = query["delimiter"].ToString();
        int limit = Math.Min(PageKeys, query["max-keys"].ToString() is { Length: > 0 } asked ? int.Parse(asked, CultureInfo.InvariantCulture) : PageKeys);
        string after = query["continuation-token"].ToString() is { Length: > 0 } token ? Uri.UnescapeDataString(token["after:".Length..]) : query["start-after"].ToString();
        bool isEncoded = query["encoding-type"] == "url";
        string Name(string key) => isEncoded ? Uri.EscapeDataString(key) : key;
        XElement result = new("ListBucketResult", new XElement("Name", S3Server.Bucket), new XElement("Prefix", Name(prefix)), new XElement("MaxKeys", limit));
        if (isEncoded) result.Add(new XElement("EncodingType", "url"));
        int count = 0;
        string last = "";
        bool isMore = false;
        lock (gate)
        {
            foreach ((string key, S3Object entry) in objects)
            {
                if (string.CompareOrdinal(key, after) <= 0 || !key.StartsWith(prefix, StringComparison.Ordinal)) continue;
                int end = delimiter.Length > 0 ? key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal) : -1;
                string shown = end < 0 ? key : key[..(end + delimiter.Length)];
                // A common prefix comes once, also over pages.
                if (end >= 0 && (shown == last || after.StartsWith(shown, StringComparison.Ordinal))) continue;
                if (isMore = count == limit) break;
                count++;
                last = shown;
                result.Add(end >= 0 ? new XElement("CommonPrefixes", new XElement("Prefix", Name(shown)))
                    : new XElement("Contents", new XElement("Key", Name(key)), new XElement("LastModified", Text(entry.Modified)), new XElement("ETag", $"\"{entry.ETag}\""), new XElement("Size", entry.Length), new XElement("StorageClass", "STANDARD")));
            }
        }
        result.Add(new XElement("KeyCount", count), new XElement("IsTruncated", isMore ? "true" : "false"));
        if (isMore) result.Add(new XElement("NextContinuationToken", "after:" + Uri.EscapeDataString(last)));
        return result;
    }

    private SortedDictionary<int, S3Object> Upload(string key, string upload) =>
        uploads.TryGetValue(upload, out var found) && found.Key == key ? found.Parts : throw new S3Refusal(404, "NoSuchUpload", upload);
}
