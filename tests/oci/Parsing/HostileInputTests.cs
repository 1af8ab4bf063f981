using System.Text;
using System.Text.Json;
using CsCheck;

namespace Keelson.Oci.Tests;

public class HostileInputTests
{
    [Theory]
    [InlineData("{\"a\":", "}")]
    [InlineData("[", "]")]
    public void Nesting_is_limited_in_what_is_skipped(string open, string close)
    {
        Assert.Equal("1.0.0", Samples.Parse(Nested(open, close, DocumentLimits.MaxDepth - 1)).OciVersion);
        Assert.Contains("is nested deeper than 128 levels", Assert.Throws<OciFormatException>(() => Samples.Parse(Nested(open, close, DocumentLimits.MaxDepth))).Message);
        Assert.Throws<OciFormatException>(() => Samples.Parse(Nested(open, close, 500_000)));
        Assert.Throws<OciFormatException>(() => Samples.Parse(Nested(open, "", 500_000)));
    }

    [Fact]
    public void A_document_of_the_greatest_length_is_read_and_a_longer_one_is_not()
    {
        string head = """{"ociVersion":"1.0.0","hostname":" """.TrimEnd();
        string longest = head + new string('x', DocumentLimits.MaxBytes - head.Length - 2) + "\"}";
        Assert.Equal(DocumentLimits.MaxBytes - head.Length - 2, Samples.Parse(longest).Hostname!.Length);
        Assert.Equal("config.json: is longer than 4194304 bytes", Assert.Throws<OciFormatException>(() => Samples.Parse(longest + " ")).Message);
        Assert.Throws<OciFormatException>(() => RuntimeSpecParser.Parse(new byte[64 << 20]));
    }

    [Fact]
    public void Entries_of_an_array_or_map_are_limited()
    {
        string Array(int count) => $$"""{"cwd":"/","args":[{{string.Join(',', Enumerable.Repeat("\"\"", count))}}]}""";
        string Map(int count) => """{"ociVersion":"1.0.0","annotations":{""" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\":\"\"")) + "}}";
        Assert.Equal(65536, ProcessSpecParser.Parse(Samples.Utf8(Array(65536))).Args.Length);
        Assert.Equal("args[65536]", Assert.Throws<OciFormatException>(() => ProcessSpecParser.Parse(Samples.Utf8(Array(65537)))).PropertyPath);
        Assert.Equal(65536, Samples.Parse(Map(65536)).Annotations.Count);
        Assert.Contains("an entry too many", Assert.Throws<OciFormatException>(() => Samples.Parse(Map(65537))).Message);
    }

    [Fact]
    public void A_document_that_breaks_off_anywhere_is_refused()
    {
        byte[] whole = Samples.Utf8(Samples.Full);
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<OciFormatException>(() => RuntimeSpecParser.Parse(whole.AsSpan(0, length)));
    }

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0xc0, 0xaf })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { 0xf4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xe2, 0x82 })]
    public void Text_that_is_no_UTF_8_is_refused_where_it_is_kept(byte[] text)
    {
        byte[] Document(string property) => [.. Encoding.ASCII.GetBytes($"{{\"ociVersion\":\"1.0.0\",\"{property}\":\""), .. text, .. "\"}"u8];
        Assert.Equal("hostname", Assert.Throws<OciFormatException>(() => RuntimeSpecParser.Parse(Document("hostname"))).PropertyPath);
        Assert.Equal("1.0.0", RuntimeSpecParser.Parse(Document("unknown")).OciVersion);
    }

    [Fact]
    public void A_changed_document_is_read_or_refused_and_nothing_else()
    {
        byte[] whole = Samples.Utf8(Samples.Full);
        Gen<byte> interesting = Gen.OneOf(Gen.Byte, Gen.OneOf([.. "{}[]:,\"\\0123456789-+.eEtfnu \n"u8.ToArray()]));
        Gen.Select(Gen.Int[0, whole.Length - 1], interesting).Array[1, 4].Sample(changes =>
        {
            byte[] changed = [.. whole];
            foreach ((int at, byte value) in changes) changed[at] = value;
            try
            {
                RuntimeSpecParser.Parse(changed);
            }
            catch (OciFormatException)
            {
                // One of the two allowed outcomes.
            }
        }, iter: 20_000);
    }

    [Fact]
    public void A_skipped_value_is_JSON_exactly_when_the_framework_says_so()
    {
        Gen<string> piece = Gen.OneOf("{", "}", "[", "]", ":", ",", "\"a\"", "\"\"", "\"\\n\\u0041\"", "\"\\q\"", "\"\\u12\"", "0", "-", "-0", "01", "1.5", "1.", ".5", "1e5", "1e", "1E+2",
            "true", "tru", "false", "null", "nul", " ", "\n", "\t", "\v", "\u00e4", "\"\u00e4\"", "\"\u0001\"", "/**/", "'a'", "NaN");
        piece.Array[1, 8].Sample(pieces =>
        {
            byte[] document = Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0","unknown":{{string.Concat(pieces)}}}""");
            Assert.Equal(IsJson(document), IsAccepted(document));
        }, iter: 50_000);
    }

    private static string Nested(string open, string close, int depth)
    {
        StringBuilder json = new("{\"ociVersion\":\"1.0.0\",\"x\":");
        for (int i = 0; i < depth; i++) json.Append(open);
        json.Append(open == "[" ? "" : "1");
        for (int i = 0; i < depth; i++) json.Append(close);
        return json.Append('}').ToString();
    }

    // A piece can end the configuration and start again, which makes the version absent or another one.
    private static bool IsAccepted(byte[] document)
    {
        try
        {
            RuntimeSpecParser.Parse(document);
            return true;
        }
        catch (OciFormatException)
        {
            return false;
        }
    }

    private static bool IsJson(byte[] document)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
