using System.Security.Cryptography;
using System.Text;
using Keelson.Pkcs11;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>Our client of PKCS #11 and SoftHSM, with <c>pkcs11-tool</c> and <c>openssl</c> as judges.</summary>
[Collection(SoftTokenCollection.Name)]
public sealed class TokenSessionTests : IDisposable
{
    private readonly SoftToken soft = new SoftToken().Use();

    public void Dispose() => soft.Dispose();

    [Theory]
    [InlineData(EcCurve.P256)]
    [InlineData(EcCurve.Ed25519)]
    public async Task A_key_is_made_signs_and_cannot_leave(EcCurve curve)
    {
        byte[] content = "what is to be signed"u8.ToArray();
        using (Pkcs11Module module = Pkcs11Module.Load(SoftToken.Module))
        {
            await using Pkcs11Token token = Pkcs11Token.Open(module, SoftToken.TokenOptions);
            (EcPublicKey key, byte[] signature) = await token.RunAsync(session =>
            {
                Pkcs11KeyPair pair = session.Generate(curve, "a label", "an id"u8.ToArray());
                foreach ((AttributeType type, byte value) in (ReadOnlySpan<(AttributeType, byte)>)
                    [(AttributeType.CKA_TOKEN, 1), (AttributeType.CKA_PRIVATE, 1), (AttributeType.CKA_SENSITIVE, 1), (AttributeType.CKA_EXTRACTABLE, 0), (AttributeType.CKA_NEVER_EXTRACTABLE, 1), (AttributeType.CKA_SIGN, 1)])
                    Assert.Equal([value], session.Read(pair.Private, type)!);
                // CKA_VALUE, the secret.
                Assert.Null(session.Read(pair.Private, (AttributeType)0x11));
                return (session.ReadPublicKey(pair.Public)!, session.Sign(curve == EcCurve.P256 ? Mechanism.CKM_ECDSA : Mechanism.CKM_EDDSA, pair.Private, "it", curve == EcCurve.P256 ? SHA256.HashData(content) : content));
            });
            Assert.Equal(curve, key.Curve);
            Verify(key, content, signature);
        }
        string list = soft.Tool("--list-objects");
        Assert.Contains("never extractable", list, StringComparison.Ordinal);
        Assert.Equal(2, list.Split("a label").Length - 1);
    }

    [Theory]
    [InlineData("EC:prime256v1", EcCurve.P256)]
    [InlineData("EC:edwards25519", EcCurve.Ed25519)]
    public async Task A_key_that_pkcs11_tool_made_is_found_and_signs(string kind, EcCurve curve)
    {
        soft.Tool("--keypairgen", "--key-type", kind, "--label", "theirs", "--id", "0a0b");
        soft.Tool("--keypairgen", "--key-type", "EC:secp384r1", "--label", "another curve", "--id", "0c");
        byte[] content = "theirs"u8.ToArray();
        using Pkcs11Module module = Pkcs11Module.Load(SoftToken.Module);
        await using Pkcs11Token token = Pkcs11Token.Open(module, SoftToken.TokenOptions);
        await token.RunAsync(session =>
        {
            Pkcs11Attribute label = Pkcs11Attribute.Text(AttributeType.CKA_LABEL, "theirs"), id = new(AttributeType.CKA_ID, new byte[] { 10, 11 });
            ObjectHandle publicKey = Assert.Single(session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PUBLIC_KEY), label));
            ObjectHandle privateKey = Assert.Single(session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PRIVATE_KEY), id));
            EcPublicKey key = session.ReadPublicKey(publicKey)!;
            Assert.Equal(curve, key.Curve);
            Verify(key, content, session.Sign(curve == EcCurve.P256 ? Mechanism.CKM_ECDSA : Mechanism.CKM_EDDSA, privateKey, "it", curve == EcCurve.P256 ? SHA256.HashData(content) : content));
            Assert.Null(session.ReadPublicKey(Assert.Single(session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PUBLIC_KEY), Pkcs11Attribute.Text(AttributeType.CKA_LABEL, "another curve")))));
            session.Write(publicKey, Pkcs11Attribute.Text(AttributeType.CKA_LABEL, "ours"));
            session.Destroy(privateKey);
            return true;
        });
        string list = soft.Tool("--list-objects");
        Assert.Contains("label:      ours", list, StringComparison.Ordinal);
        Assert.DoesNotContain("theirs", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_found_by_its_label_and_where_two_have_it_by_its_number()
    {
        soft.Add("twin");
        soft.Add("twin");
        using Pkcs11Module module = Pkcs11Module.Load(SoftToken.Module);
        Assert.Equal(["keelson", "twin", "twin"], module.Tokens().Select(token => token.Label).Order());
        Assert.Equal(ErrorKind.FailedPrecondition, Assert.Throws<KeelsonException>(() => Pkcs11Token.Open(module, SoftToken.TokenOptions with { Label = "twin" })).Kind);
        Pkcs11Exception missing = Assert.Throws<Pkcs11Exception>(() => Pkcs11Token.Open(module, SoftToken.TokenOptions with { Label = "nobody" }));
        Assert.Equal((ErrorKind.Unavailable, $"find token nobody in module {SoftToken.Module}: CKR_TOKEN_NOT_PRESENT (the token is not there)"), (missing.Kind, missing.Message));
        foreach (Pkcs11TokenInfo twin in module.Tokens().Where(token => token.Label == "twin"))
        {
            Assert.Equal(("SoftHSM project", "SoftHSM v2"), (twin.Manufacturer, twin.Model));
            await using Pkcs11Token token = Pkcs11Token.Open(module, SoftToken.TokenOptions with { Label = "twin", SerialNumber = twin.SerialNumber });
            await token.CheckAsync();
        }
    }

    [Fact]
    public void What_is_no_module_is_refused()
    {
        KeelsonException none = Assert.Throws<KeelsonException>(() => Pkcs11Module.Load("/nowhere.so"));
        Assert.Equal((ErrorKind.NotFound, "load module /nowhere.so: there is no such file"), (none.Kind, none.Message));
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => Pkcs11Module.Load(soft.Configuration)).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => Pkcs11Module.Load("/lib/x86_64-linux-gnu/libc.so.6")).Kind);
    }

    [Fact]
    public async Task A_wrong_PIN_is_tried_once_and_not_told()
    {
        using Pkcs11Module module = Pkcs11Module.Load(SoftToken.Module);
        Pkcs11TokenOptions wrong = SoftToken.TokenOptions with { Pin = "a-wrong-pin" };
        Assert.DoesNotContain("a-wrong-pin", wrong.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(TokenFlags.CKF_USER_PIN_COUNT_LOW), module.Tokens()[0].Flags.ToString(), StringComparison.Ordinal);
        Pkcs11Exception refused = Assert.Throws<Pkcs11Exception>(() => Pkcs11Token.Open(module, wrong));
        Assert.Equal((ErrorKind.PermissionDenied, "log in to token keelson: CKR_PIN_INCORRECT (the PIN is wrong)"), (refused.Kind, refused.Message));
        Assert.Contains("user PIN count low", soft.Run("pkcs11-tool", "--module", SoftToken.Module, "-L"), StringComparison.Ordinal);
        await using Pkcs11Token token = Pkcs11Token.Open(module, SoftToken.TokenOptions);
        await token.CheckAsync();
    }

    /// <summary>Verifies with openssl, and that another content is not verified.</summary>
    private static void Verify(EcPublicKey key, byte[] content, byte[] signature)
    {
        string folder = TestDirectory.Make("openssl"), pem = folder + "/key.pem", file = folder + "/content", sealing = folder + "/signature";
        File.WriteAllText(pem, new string(PemEncoding.Write("PUBLIC KEY", key.ToSubjectPublicKeyInfo())));
        File.WriteAllBytes(sealing, key.Curve == EcCurve.Ed25519 ? signature : Der(signature));
        string[] verify = key.Curve == EcCurve.Ed25519 ? ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", pem, "-in", file, "-sigfile", sealing] : ["openssl", "dgst", "-sha256", "-verify", pem, "-signature", sealing, file];
        File.WriteAllBytes(file, content);
        ChildProcess.Run(verify).Succeeds();
        File.WriteAllText(file, Encoding.UTF8.GetString(content) + ".");
        ChildProcess.Run(verify).Exits(1);
        TestDirectory.Remove(folder);
    }

    private static byte[] Der(ReadOnlySpan<byte> signature)
    {
        System.Formats.Asn1.AsnWriter writer = new(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new System.Numerics.BigInteger(signature[..32], isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new System.Numerics.BigInteger(signature[32..], isUnsigned: true, isBigEndian: true));
        }
        return writer.Encode();
    }
}
