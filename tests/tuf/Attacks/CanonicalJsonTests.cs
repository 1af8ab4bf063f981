using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 9: bytes that two parsers understand differently, and the one form that is signed.</summary>
public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""{"a":{"b":1,"b":1}}""")]
    [InlineData("""{"a":1.0}""")]
    [InlineData("""{"a":1e2}""")]
    [InlineData("""{"a":-0}""")]
    [InlineData("""{"a":9007199254740992}""")]
    [InlineData("""{"a":-9007199254740992}""")]
    [InlineData("""{"a":123456789012345678901234567890}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":"\udc00\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"a":"\u0000"}""")]
    [InlineData("""{"\u0000":1}""")]
    [InlineData("""{"a":1}x""")]
    [InlineData("""{"a":1}{}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":1/**/}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":+1}""")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{'a':1}""")]
    [InlineData("\uFEFF{}")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("")]
    [InlineData(" ")]
    public void Ambiguous_JSON_is_refused(string text) =>
        Assert.Equal(TufFault.Malformed, Assert.Throws<TufException>(() => TufJson.Parse(Encoding.UTF8.GetBytes(text))).Fault);

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xc0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xed, 0xa0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xff, (byte)'"' })]
    [InlineData(new byte[] { (byte)'1', 0 })]
    public void Bytes_that_are_not_UTF8_are_refused(byte[] bytes) => Assert.Equal(TufFault.Malformed, Assert.Throws<TufException>(() => TufJson.Parse(bytes)).Fault);

    [Fact]
    public void Deep_nesting_is_refused()
    {
        byte[] deep = Encoding.UTF8.GetBytes(new string('[', 100_000));
        Assert.Equal(TufFault.Malformed, Assert.Throws<TufException>(() => TufJson.Parse(deep)).Fault);
        Assert.Equal(TufFault.Malformed, Assert.Throws<TufException>(() => TufJson.Parse(Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65)))).Fault);
        _ = CanonicalJson.Write(TufJson.Parse(Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64))));
    }

    [Theory]
    [InlineData("""{ "b" : 1 , "a" : [ true , null , false , -5 ] }""", """{"a":[true,null,false,-5],"b":1}""")]
    [InlineData("""{"a":"\"\\\/\u0041\n\t\u001f"}""", "{\"a\":\"\\\"\\\\/A\n\t\u001f\"}")]
    [InlineData("""{"\u0062":1,"a":2}""", """{"a":2,"b":1}""")]
    [InlineData("""{"\"":1,"!":2,"#":3}""", """{"!":2,"\"":1,"#":3}""")]
    [InlineData("""{"\\":1,"[":2,"]":3}""", """{"[":2,"\\":1,"]":3}""")]
    [InlineData("""{"aa":1,"a":2,"":3}""", """{"":3,"a":2,"aa":1}""")]
    [InlineData("[]", "[]")]
    [InlineData("{}", "{}")]
    [InlineData("9007199254740991", "9007199254740991")]
    public void The_canonical_form_is_the_one(string text, string canonical) =>
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Write(TufJson.Parse(Encoding.UTF8.GetBytes(text)))));

    [Fact]
    public void Members_are_sorted_by_UTF8_and_not_by_UTF16()
    {
        // U+10000 is d800 dc00 in UTF-16, before U+FFFD; in UTF-8 it is f0 90 80 80, behind ef bf bd.
        string canonical = Encoding.UTF8.GetString(CanonicalJson.Write(TufJson.Parse("{\"\U00010000\":1,\"\uFFFD\":2}"u8.ToArray())));
        Assert.Equal("{\"\uFFFD\":2,\"\U00010000\":1}", canonical);
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Write(TufJson.Parse("""{"\ud800\udc00":1,"\ufffd":2}"""u8.ToArray()))));
    }

    [Fact]
    public void White_space_order_and_escapes_do_not_change_the_canonical_form() =>
        Gen.Select(Trees, Gen.Int[0, int.MaxValue]).Sample((tree, seed) =>
        {
            byte[] plain = CanonicalJson.Write(TufJson.Parse(Spell(tree, null)));
            byte[] other = CanonicalJson.Write(TufJson.Parse(Spell(tree, new Random(seed))));
            return plain.AsSpan().SequenceEqual(other);
        });

    [Fact]
    public void Trees_that_differ_have_forms_that_differ() =>
        Gen.Select(Trees, Trees).Sample((a, b) =>
            JsonNode.DeepEquals(a, b) == CanonicalJson.Write(TufJson.Parse(Spell(a, null))).AsSpan().SequenceEqual(CanonicalJson.Write(TufJson.Parse(Spell(b, null)))));

    [Fact]
    public async Task A_signature_is_over_the_whole_tree_and_not_over_what_is_known_of_it()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(TufRoles.Timestamp);
        repository.Overrides["timestamp.json"] = Encoding.UTF8.GetBytes(repository.TextOf(TufRoles.Timestamp).Replace("\"signed\":{", "\"signed\":{\"x\":1,", StringComparison.Ordinal));
        await client.RefusesAsync(store, TufFault.BadSignature);
    }

    [Theory]
    [InlineData("""{"signed":{}}""")]
    [InlineData("""{"signed":{},"signatures":{}}""")]
    [InlineData("""{"signed":[],"signatures":[]}""")]
    [InlineData("""{"signed":{},"signatures":[1]}""")]
    [InlineData("""{"signed":{},"signatures":[{"keyid":1,"sig":""}]}""")]
    [InlineData("""{"signed":{},"signatures":[{"keyid":"a","sig":"xx"}]}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    public async Task A_file_of_another_form_is_refused(string text)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        foreach (string file in (string[])["2.root.json", "timestamp.json"])
        {
            repository.Overrides.Clear();
            repository.Overrides[file] = Encoding.UTF8.GetBytes(text);
            await client.RefusesAsync(store, TufFault.Malformed);
        }
    }

    private static readonly Gen<string> Texts =
        Gen.OneOf(Gen.String[Gen.Char['a', 'c'], 0, 3], Gen.String[Gen.Int[0, 7].Select(i => "\"\\/\né\uFFFD\u0001 "[i]), 0, 3], Gen.Const("\U00010000"));

    private static readonly Gen<JsonNode?> Trees = Gen.Recursive<JsonNode?>((depth, inner) =>
        Gen.OneOf(
            Texts.Select(text => (JsonNode?)JsonValue.Create(text)),
            Gen.Long[-TufJson.MaximumInteger, TufJson.MaximumInteger].Select(number => (JsonNode?)JsonValue.Create(number)),
            Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)),
            Gen.Const((JsonNode?)null),
            depth > 3 ? Gen.Const((JsonNode?)new JsonArray()) : inner.Array[0, 3].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
            depth > 3
                ? Gen.Const((JsonNode?)new JsonObject())
                : Gen.Select(Texts, inner).Array[0, 4].Select(members => (JsonNode?)new JsonObject(members.DistinctBy(member => member.Item1).Select(member => KeyValuePair.Create(member.Item1, member.Item2?.DeepClone()))))));

    /// <summary>A tree as JSON; with a source of chance in any order, with white space and escapes where they may be.</summary>
    private static byte[] Spell(JsonNode? tree, Random? chance)
    {
        StringBuilder text = new();
        Write(tree);
        return Encoding.UTF8.GetBytes(text.ToString());

        void Space()
        {
            if (chance is not null) text.Append(chance.Next(4) switch { 0 => " ", 1 => "\n\t", _ => "" });
        }

        void Write(JsonNode? node)
        {
            Space();
            switch (node)
            {
                case JsonObject members:
                    KeyValuePair<string, JsonNode?>[] ordered = [.. members];
                    chance?.Shuffle(ordered);
                    text.Append('{');
                    for (int i = 0; i < ordered.Length; i++)
                    {
                        if (i > 0) text.Append(',');
                        Space();
                        Quote(ordered[i].Key);
                        Space();
                        text.Append(':');
                        Write(ordered[i].Value);
                    }
                    text.Append('}');
                    break;
                case JsonArray items:
                    text.Append('[');
                    for (int i = 0; i < items.Count; i++)
                    {
                        if (i > 0) text.Append(',');
                        Write(items[i]);
                    }
                    text.Append(']');
                    break;
                case JsonValue value when value.TryGetValue(out string? s):
                    Quote(s);
                    break;
                default:
                    text.Append(node?.ToJsonString() ?? "null");
                    break;
            }
            Space();
        }

        void Quote(string value)
        {
            text.Append('"');
            foreach (Rune rune in value.EnumerateRunes())
            {
                // Both halves of a pair, or none.
                if (rune.Value is '"' or '\\' || rune.Value < ' ' || chance?.Next(3) == 0)
                    foreach (char c in rune.ToString())
                        text.Append($"\\u{(int)c:x4}");
                else text.Append(rune.ToString());
            }
            text.Append('"');
        }
    }
}
