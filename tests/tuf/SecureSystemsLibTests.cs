using System.Text;
using System.Text.Json.Nodes;

namespace Keelson.Tuf.Tests;

/// <summary>Debian's python3-securesystemslib, another implementation of canonical JSON, key identifiers and signatures.</summary>
public sealed class SecureSystemsLibTests
{
    [Theory]
    [InlineData("""{"b":1,"a":[true,null,false,-5,9007199254740991],"":{}}""")]
    [InlineData("""{"é":"\u00e9","\ud83d\ude00":"\ud83d\ude00","z":"\"\\\/\n\t\u0001"}""")]
    [InlineData("""[[],{},"",{"\"":"\\"},{"aa":1,"a":2,"B":3}]""")]
    public void Canonical_JSON_is_the_same(string text)
    {
        string theirs = Python("import json,sys; from securesystemslib.formats import encode_canonical as c; sys.stdout.write(c(json.loads(sys.stdin.read())).encode().hex())", text);
        Assert.Equal(theirs, Convert.ToHexStringLower(CanonicalJson.Write(TufJson.Parse(Encoding.UTF8.GetBytes(text)))));
    }

    [Fact]
    public void Identifiers_and_signatures_are_right_for_others()
    {
        TufOneDialect dialect = new();
        ITufSigner[] signers = [EcdsaSigner.Generate(), EcdsaSigner.Generate(384), Ed25519Signer.Generate(), RsaSigner.Generate(), RsaSigner.Generate(algorithm: TufAlgorithm.RsaPkcs1)];
        byte[] file = TufSigning.Add(TufSigning.Unsigned(new JsonObject { ["é"] = "\n\"", ["b"] = 1, ["a"] = true }), dialect, signers);
        JsonObject input = JsonNode.Parse(file)!.AsObject();
        input["keys"] = new JsonArray([.. signers.Select(signer => (JsonNode)dialect.WriteKey(dialect.KeyOf(signer)))]);
        string theirs = Python(
            """
            import json, sys, hashlib
            from securesystemslib.formats import encode_canonical
            from securesystemslib.keys import verify_signature
            from securesystemslib.exceptions import CryptoError, FormatError, UnsupportedAlgorithmError
            data = json.loads(sys.stdin.read())
            signed = encode_canonical(data["signed"]).encode()
            for key, signature in zip(data["keys"], data["signatures"]):
                right = hashlib.sha256(encode_canonical(key).encode()).hexdigest() == signature["keyid"]
                print(key["scheme"], right, verify_signature(dict(key, keyid=signature["keyid"]), signature, signed))
            """, input.ToJsonString());
        Assert.Equal(
            ["ecdsa-sha2-nistp256 True True", "ecdsa-sha2-nistp384 True True", "ed25519 True True", "rsassa-pss-sha256 True True", "rsa-pkcs1v15-sha256 True True"],
            theirs.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Python(string script, string input)
    {
        CommandResult found = ChildProcess.Run(["/usr/bin/python3", "-c", "import securesystemslib"]);
        Assert.SkipUnless(found.ExitCode == 0, "needs program python3-securesystemslib");
        return ChildProcess.Run(["/usr/bin/python3", "-c", script], new CommandOptions { Input = input, Environment = new Dictionary<string, string> { ["PYTHONUTF8"] = "1" } }).Succeeds().Stdout;
    }
}
